"""cfg: what is read, what is refused and where, and that every byte comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfg_texts import cfgs, quick
from darknet.cfg import MAX_BYTES, Cfg, Data, Entry
from darknet.errors import CfgError


@quick
@given(cfgs())
def test_reading_gives_every_section_and_entry_and_writing_gives_every_byte_back(made):
    written, meant = made
    cfg = Cfg.parse(written)
    assert cfg.to_bytes() == written
    found = [(s.name, [(e.key, e.value) for e in s.entries]) for s in cfg.sections]
    assert found == meant


@quick
@given(cfgs())
def test_sections_and_entries_know_their_lines(made):
    cfg = Cfg.parse(made[0])
    for section in cfg.sections:
        assert f"[{section.name}]" in "".join(cfg.lines[section.line - 1].split()).lstrip("\ufeff")
        for entry in section.entries:
            line = cfg.lines[entry.line - 1].translate(dict.fromkeys(map(ord, " \t\r\n\v\f")))
            assert line == f"{entry.key}={entry.value}"


@quick
@given(st.binary(max_size=60), st.sampled_from([b"", b"[net]\n", b"[net]\nwidth=1\n"]))
def test_any_bytes_are_read_whole_or_refused(rest, start):
    try:
        found = Cfg.parse(start + rest, "x.cfg").to_bytes()
    except CfgError as error:
        found = str(error)[:6]
    assert found in (start + rest, "x.cfg:")


@pytest.mark.parametrize(
    "text", ["[net]\nwidth = 8", "[net]\r\nwidth\t=\t8\r\n", "[ne t]\nw idth=8"]
)
def test_white_space_means_nothing(text):
    section = Cfg.parse(text).sections[0]
    assert (section.name, section.entries) == ("net", (Entry("width", "8", 2),))


def test_a_form_feed_or_line_separator_does_not_end_a_line():
    cfg = Cfg.parse("[net]\nwi\fdth=8\n# a\u2028b\n# c\x85d\nheight=9\n")
    assert cfg.sections[0].entries == (Entry("width", "8", 2), Entry("height", "9", 5))


def test_the_first_of_two_equal_keys_counts():
    section = Cfg.parse("[net]\nbatch=1\nbatch=2\n").sections[0]
    assert section.get("batch") == "1"
    assert section.get("width") is None


def test_a_value_may_hold_further_equals_signs():
    assert Cfg.parse("[net]\nnames=a=b\n").sections[0].get("names") == "a=b"


def test_bytes_that_are_not_utf8_come_back_from_comments_and_values():
    data = b"[net]\n# caf\xe9 \xff\nnames=\xe9t\xe9.txt\n"
    assert Cfg.parse(data).to_bytes() == data


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b"width=8\n[net]\n", ":1: ", "width= before the first [section]"),
        (b"# c\n\nwidth=8\n", ":3: ", "before the first [section]"),
        (b"[net]\nwidth\n", ":2: width: ", "expected key=value"),
        (b"[net]\n=8\n", ":2: =8: ", "expected key=value"),
        (b"[net]\n[conv\n", ":2: [conv: ", "expected [section] alone on its line"),
        (b"[net]\n\n[conv] # x\n", ":3: [conv]#x: ", "alone on its line (a # remark has a line"),
        (b"[net]\rwidth=8\r[conv]\r", ": ", "its lines end in CR alone; expected LF or CRLF"),
        (b"[net]\n[]\n", ":2: []: ", "expected [section] alone on its line"),
        (b"[net]\n[\n", ":2: [: ", "expected [section] alone on its line"),
        (b"<!DOCTYPE html>\n", ":1: <!DOCTYPEhtml>: ", "expected key=value"),
        (b"[net]\nwi\x1b[0mdth\n", r":2: wi\x1b[0mdth: ", "expected key=value"),
    ],
)
def test_a_bad_line_is_named(data, where, what):
    with pytest.raises(CfgError) as caught:
        Cfg.parse(data, "bad.cfg")
    assert str(caught.value).startswith(f"bad.cfg{where}")
    assert what in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment", b"\xef\xbb\xbf"])
def test_no_section_at_all_is_no_cfg(data):
    with pytest.raises(CfgError, match=r"^a\.cfg: no \[section\] in it"):
        Cfg.parse(data, "a.cfg")


def test_a_long_line_is_cut_in_the_message():
    with pytest.raises(CfgError) as caught:
        Cfg.parse("[net]\n" + "x" * 100_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("line", ["<html " + "x" * 100_000 + "=1", "\x1b[31mred=1"])
def test_an_option_before_the_first_section_is_shown_safely(line):
    with pytest.raises(CfgError) as caught:
        Cfg.parse(line)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CfgError, match=r"no\.cfg: cannot be read: No such file"):
        Cfg.read(tmp_path / "no.cfg")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(CfgError, match=r"is a folder; expected a \.cfg file"):
        Cfg.read(tmp_path)


def test_an_impossible_name_is_refused():
    with pytest.raises(CfgError, match="cannot be read"):
        Cfg.read("x" * 300)
    with pytest.raises(CfgError, match="cannot be read"):
        Cfg.read("a\0b")


def test_weights_given_as_cfg_are_binary(tmp_path):
    path = tmp_path / "tiny.weights"
    path.write_bytes(b"\0\0\0\0\2\0\0\0" * 10)
    with pytest.raises(CfgError, match=r"binary, not text; expected a \.cfg file \(are the two sw"):
        Cfg.read(path)
    with pytest.raises(CfgError, match=r"binary, not text; expected a \.data file"):
        Data.read(path)


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path):
    path = tmp_path / "huge.cfg"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 1000)
    with pytest.raises(CfgError, match=r"larger than 16,777,216 bytes; expected a \.cfg file"):
        Cfg.read(path)


def test_read_keeps_the_files_name_for_messages(tmp_path):
    path = tmp_path / "a.cfg"
    path.write_bytes(b"[net]\r\nwidth=8")
    cfg = Cfg.read(path)
    assert cfg.label == cfg.sections[0].label == str(path)
    assert cfg.to_bytes() == b"[net]\r\nwidth=8"


def test_build_writes_sections_the_way_darknet_does():
    cfg = Cfg.build([("net", {"width": 8, "height": 9}), ("avgpool", {}), ("softmax", {"a": 0.5})])
    assert cfg.to_bytes() == b"[net]\nwidth=8\nheight=9\n\n[avgpool]\n\n[softmax]\na=0.5\n"


# .data


def data_file(folder: Path, text: str) -> Data:
    (folder / "a.data").write_text(text, encoding="utf-8")
    return Data.read(folder / "a.data")


def test_data_has_entries_without_sections(tmp_path):
    data = data_file(tmp_path, "# c\nclasses = 10\nclasses=20\n\nnames=\ttop five.txt\n")
    assert data.get("classes") == "10"
    assert data.get("names") == "topfive.txt"
    assert data.get("train") is None


def test_odd_keys_of_data_are_told_once(tmp_path, caplog):
    text = "classes=2\nname=a.names\nclasses=3\nmother=1\nresults=r\n"
    for _ in range(2):
        data_file(tmp_path, text)
    label = tmp_path / "a.data"
    assert caplog.messages == [
        f'{label}:2: name= is not known; did you mean "names"?',
        f"{label}:3: classes= stands in line 1 too, and the first one counts",
        f"{label}:4: mother= is not known",
    ]


def test_data_compares_its_classes_with_a_networks_outputs(tmp_path, caplog):
    data = data_file(tmp_path, "classes=1000\n")
    data.check_classes(1000, "a.cfg")
    data_file(tmp_path, "top=5\n").check_classes(10, "a.cfg")
    assert not caplog.messages
    data.check_classes(10, "a.cfg")
    assert caplog.messages == [f"{tmp_path / 'a.data'}: classes=1,000, but a.cfg has 10 outputs"]


def test_data_refuses_a_cfg(tmp_path):
    with pytest.raises(CfgError, match=r"a\.data:2: \[net\] in a \.data file: is this a \.cfg\?"):
        data_file(tmp_path, "classes=1\n[net]\n")


def test_data_shows_a_section_safely(tmp_path):
    with pytest.raises(CfgError) as caught:
        data_file(tmp_path, "[\x1b[31mred]\n")
    assert str(caught.value).isprintable()


def test_data_names_the_line_without_an_equals_sign(tmp_path):
    with pytest.raises(CfgError, match=r"a\.data:2: classes: expected key=value"):
        data_file(tmp_path, "top=5\nclasses\n")


def test_integer_reads_a_whole_number(tmp_path):
    data = data_file(tmp_path, "classes=1000\ntop=0\n")
    assert data.integer("classes", minimum=1) == 1000
    assert data.integer("top") == 0
    assert data.integer("absent") is None


@pytest.mark.parametrize("value", ["", "-1", "0", "1.5", "abc", "1e3", "9999999999", "٣", "²"])
def test_integer_names_file_line_and_bound(tmp_path, value):
    data = data_file(tmp_path, f"top=5\nclasses={value}\n")
    with pytest.raises(CfgError, match=r"a\.data:2: classes=.*: expected an integer of at least 1"):
        data.integer("classes", minimum=1)


def test_path_looks_beside_the_file_then_in_the_folder_above(tmp_path):
    folder = tmp_path / "cfg"
    folder.mkdir()
    data = data_file(folder, "names=data/a.names\n")
    assert not data.path("names").exists()
    assert data.path("train") is None
    above = tmp_path / "data" / "a.names"
    above.parent.mkdir()
    above.touch()
    assert data.path("names") == above
    beside = folder / "data" / "a.names"
    beside.parent.mkdir()
    beside.touch()
    assert data.path("names") == beside


def test_path_takes_a_file_as_written_first(tmp_path, monkeypatch):
    folder = tmp_path / "cfg"
    folder.mkdir()
    for place in (tmp_path / "a.names", folder / "a.names"):
        place.touch()
    monkeypatch.chdir(tmp_path)
    assert data_file(folder, "names=a.names\n").path("names") == Path("a.names")


def test_path_looks_in_the_folder_above_also_from_within_the_files_folder(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.names").touch()
    (tmp_path / "cfg").mkdir()
    data_file(tmp_path / "cfg", "names=data/a.names\n")
    monkeypatch.chdir(tmp_path / "cfg")
    assert Data.read("a.data").path("names").exists()


def test_path_takes_a_name_that_no_file_can_have(tmp_path):
    data = data_file(tmp_path, f"names={'x' * 300}\n")
    assert data.path("names").name == "x" * 300


# Real files.


def test_every_real_cfg_comes_back_byte_for_byte(shared):
    paths = sorted((shared / "data" / "cfg").glob("*/*.cfg"))
    assert len(paths) > 100
    changed = [path for path in paths if Cfg.read(path).to_bytes() != path.read_bytes()]
    assert not changed
