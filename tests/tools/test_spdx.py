"""What packages say about their licence becomes one expression, or nothing; the family of one follows AND and OR."""

import pytest

from tools.spdx import Family, family, said

OSI = "License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("expression", "field", "classifiers", "answer"),
    [
        ("MIT", "GPLv3", [f"{OSI}BSD License"], "MIT"),
        ("", "BSD-3-Clause", [f"{OSI}BSD License"], "BSD-3-Clause"),
        ("", "", [f"{OSI}BSD License"], "LicenseRef-BSD"),
        ("", "Apache 2.0", [f"{OSI}Apache Software License"], "Apache-2.0"),
        ("", "Permission is hereby granted, free of charge, to any person obtaining", [f"{OSI}MIT License"], "MIT"),
        ("", "MPL-2.0 AND MIT", [], "MPL-2.0 AND MIT"),
        ("", "Dual License", [f"{OSI}BSD License", f"{OSI}Apache Software License"], "Apache-2.0 AND LicenseRef-BSD"),
        ("", "", [f"{OSI}GNU General Public License (GPL)", f"{OSI}BSD License"], "LicenseRef-BSD AND LicenseRef-GPL"),
        ("", "BSD", ["License :: Other/Proprietary License"], ""),
        ("", "UNKNOWN", [], ""),
        ("", "Apache", [f"{OSI}Apache Software License"], ""),
        ("", "any-OSI", [], ""),
        ("", "", ["License :: OSI Approved"], ""),
    ],
)
def test_what_is_said(expression: str, field: str, classifiers: list[str], answer: str):
    assert said(expression, field, classifiers) == answer


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("MIT", Family.PERMISSIVE),
        ("BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", Family.PERMISSIVE),
        ("MIT AND MPL-2.0", Family.WEAK),
        ("LGPL-3.0-only", Family.WEAK),
        ("GPL-3.0-only", Family.STRONG),
        ("AGPL-3.0-or-later", Family.STRONG),
        ("MIT AND GPL-2.0-only", Family.STRONG),
        ("MIT OR GPL-2.0-only", Family.PERMISSIVE),
        ("GPL-2.0-only OR MPL-2.0 AND MIT", Family.WEAK),  # AND binds before OR
        ("(GPL-2.0-only OR MIT) AND ISC", Family.PERMISSIVE),
        ("MIT AND SomethingNew", Family.UNKNOWN),
        ("MIT OR SomethingNew", Family.PERMISSIVE),
        ("MIT Apache-2.0", Family.UNKNOWN),
        ("(MIT", Family.UNKNOWN),
        ("MIT)", Family.UNKNOWN),
        ("MIT AND", Family.UNKNOWN),
        ("", Family.UNKNOWN),
    ],
)
def test_the_family(expression: str, answer: Family):
    assert family(expression) is answer
