"""`python -m trimtab`: the command line, for machines on which the script is not on the path."""

import sys

from trimtab.surfaces.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
