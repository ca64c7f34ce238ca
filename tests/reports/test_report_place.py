"""Names of files and regions, as the formats want them."""

from collections.abc import Callable

import pytest

from keylint.model.finding import Finding
from keylint.model.source import Span
from keylint.reports.place import columns, relative, uri


@pytest.mark.parametrize(
    ("name", "short", "address"),
    [
        ("keylint.yaml", "keylint.yaml", "keylint.yaml"),
        ("./keys/./a.yaml", "keys/a.yaml", "keys/a.yaml"),
        ("../other/a.yaml", "../other/a.yaml", "../other/a.yaml"),
        ("/repo/keys/a b.yaml", "keys/a b.yaml", "keys/a%20b.yaml"),
        ("/repo-two/a.yaml", "/repo-two/a.yaml", "file:///repo-two/a.yaml"),
        ("/else/100%.yaml", "/else/100%.yaml", "file:///else/100%25.yaml"),
        ("a:b.yaml", "a:b.yaml", "a%3Ab.yaml"),
        ("::error::\n.yaml", "::error::\n.yaml", "%3A%3Aerror%3A%3A%0A.yaml"),
        ("schlüssel.yaml", "schlüssel.yaml", "schl%C3%BCssel.yaml"),
        ("a\\b.yaml", "a\\b.yaml", "a%5Cb.yaml"),
        ("\udcff.yaml", "\udcff.yaml", "%ED%B3%BF.yaml"),
        ("<stdin>", "<stdin>", "%3Cstdin%3E"),
    ],
)
def test_names_are_relative_to_the_working_folder(name: str, short: str, address: str) -> None:
    assert relative(name, "/repo", "/") == short
    assert uri(name, "/repo", "/") == address
    assert relative(name, "/repo/", "/") == short


@pytest.mark.parametrize(
    ("name", "short", "address"),
    [
        ("keys\\a.yaml", "keys/a.yaml", "keys/a.yaml"),
        ("C:\\repo\\keys\\a.yaml", "keys/a.yaml", "keys/a.yaml"),
        ("D:\\x y.yaml", "D:/x y.yaml", "file:///D:/x%20y.yaml"),
    ],
)
def test_windows_names_get_forward_slashes(name: str, short: str, address: str) -> None:
    assert relative(name, "C:\\repo", "\\") == short
    assert uri(name, "C:\\repo", "\\") == address


def test_without_a_working_folder_an_absolute_name_stays() -> None:
    assert relative("/repo/a.yaml", "") == "/repo/a.yaml"
    assert uri("/repo/a.yaml", "", "/") == "file:///repo/a.yaml"


@pytest.mark.parametrize(
    ("span", "snippet", "expected"),
    [
        (Span(3, 5, 3, 9), None, (5, 9)),
        (Span(1, 1, 1, 1), None, (1, 2)),
        (Span(3, 3, 6, 2), "  bot:  ", (3, 7)),
        (Span(3, 3, 6, 2), None, (3, 4)),
        (Span(3, 3, 6, 9), "", (3, 4)),
    ],
)
def test_a_region_keeps_to_one_line(
    finding: Callable[..., Finding], span: Span, snippet: str | None, expected: tuple[int, int]
) -> None:
    assert columns(finding(span=span, snippet=snippet)) == expected
