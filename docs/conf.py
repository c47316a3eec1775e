"""How Sphinx builds these pages: Markdown through MyST, warnings as errors (see `make docs`)."""

from importlib.metadata import version as installed_version

project = "Trimtab"
author = "The Trimtab authors"
copyright = f"2026 {author}"
version = release = installed_version("trimtab")

extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Trimtab {version}"
html_show_sphinx = False
html_static_path = ["_static/style"]
html_css_files = ["wide.css"]
copybutton_prompt_text = "$ "
