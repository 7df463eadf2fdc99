"""names: shipped lists, files, and a list that has to fit the network."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import NamesError
from darknet.names import MAX_BYTES, fitting, load_names, shipped_lists


def test_imagenet_is_shipped_in_darknets_order():
    assert "imagenet" in shipped_lists()
    names = load_names("imagenet")
    assert len(names) == 1000
    assert (names[0], names[14], names[999]) == ("kit fox", "malamute", "dumbbell")


def test_imagenet_is_the_list_of_darknets_authors(shared):
    theirs = load_names(shared / "data" / "images" / "imagenet.shortnames.list")
    assert len(theirs) == 21842
    assert load_names("imagenet") == theirs[:1000]


def test_every_shipped_list_has_names_alone():
    for source in shipped_lists():
        names = load_names(source)
        assert all(name and name == name.strip() and "\t" not in name for name in names)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"cat\ndog\n", ("cat", "dog")),
        (b"cat\ndog", ("cat", "dog")),
        (b"cat\r\ndog\r\n\r\n\n", ("cat", "dog")),
        (b"\xef\xbb\xbfcat\n hot dog\t\n", ("cat", "hot dog")),
        (b"cat\n\ndog\n", ("cat", "", "dog")),
        ("äffchen\n語\n".encode(), ("äffchen", "語")),
        (b"caf\xe9\n", ("café",)),
        (b"a\x0cb\xc2\x85c\n", ("a\x0cb\x85c",)),
    ],
)
def test_a_file_has_one_name_a_line(tmp_path, data, names):
    path = tmp_path / "a.names"
    path.write_bytes(data)
    assert load_names(path) == load_names(str(path)) == names


NAME = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1)


@settings(deadline=None, max_examples=30)
@given(names=st.lists(NAME, min_size=1, max_size=20))
def test_names_that_are_written_are_read(tmp_path_factory, names):
    path = tmp_path_factory.getbasetemp() / "written.names"
    path.write_text("\n".join(names) + "\n", encoding="utf-8")
    assert load_names(path) == tuple(names)


def test_a_file_is_found_beside_the_one_that_names_it_or_above(tmp_path):
    (tmp_path / "cfg").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.names").write_text("above")
    data = tmp_path / "cfg" / "a.data"
    assert load_names("data/a.names", str(data)) == ("above",)
    (tmp_path / "cfg" / "data").mkdir()
    (tmp_path / "cfg" / "data" / "a.names").write_text("beside")
    assert load_names("data/a.names", str(data)) == ("beside",)


def test_a_file_that_nothing_names_is_only_looked_for_as_written(tmp_path, monkeypatch):
    (tmp_path / "a.names").write_text("cat")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(NamesError, match=r"^a\.names: cannot be read: No such file"):
        load_names("a.names")


@pytest.mark.parametrize("data", [b"", b"\n\n", b" \t\r\n", b"\xef\xbb\xbf"])
def test_an_empty_list_is_refused(tmp_path, data):
    path = tmp_path / "a.names"
    path.write_bytes(data)
    with pytest.raises(NamesError, match=r"a\.names: empty; expected one class name a line"):
        load_names(path)


def test_a_binary_file_is_refused(tmp_path):
    path = tmp_path / "a.names"
    path.write_bytes("cat\n".encode("utf-16"))
    with pytest.raises(NamesError, match=r"a\.names: binary; expected a class list"):
        load_names(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(NamesError, match=r"is a folder; expected a class list"):
        load_names(tmp_path)


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "a.names"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(NamesError, match=r"larger than 16,777,216 bytes"):
        load_names(path)


def test_an_impossible_name_is_refused():
    with pytest.raises(NamesError, match="cannot be read"):
        load_names("a\0b")


def test_a_name_too_long_for_a_file_is_refused():
    with pytest.raises(NamesError, match="cannot be read"):
        load_names("x" * 300)


def test_a_longer_list_is_cut_to_the_outputs_and_told(caplog):
    assert fitting(("cat", "dog"), 2, "a.names") == ("cat", "dog")
    assert not caplog.messages
    assert fitting(("cat", "dog", "fox"), 2, "a.names") == ("cat", "dog")
    (line,) = caplog.messages
    assert line.startswith("a.names: 3 names, but the network has 2 outputs: the first 2 are taken")


def test_imagenets_long_list_is_cut_without_a_word(caplog):
    names = load_names("imagenet")
    assert fitting((*names, "a 1001st"), 1000, "shortnames.list") == names
    assert not caplog.messages


def test_a_shipped_list_of_other_classes_is_refused():
    with pytest.raises(
        NamesError, match=r"^imagenet: 1,000 names, but the network has 10 outputs$"
    ):
        fitting(load_names("imagenet"), 10, "imagenet")


def test_a_shorter_list_is_refused():
    with pytest.raises(NamesError, match=r"^a\.names: 2 names, but the network has 3 outputs$"):
        fitting(("cat", "dog"), 3, "a.names")
