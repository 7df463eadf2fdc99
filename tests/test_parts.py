"""The parts of a data set, its own class names, and what is in quarantine."""

from __future__ import annotations

from pathlib import Path

import pytest

from darknet.class_names import class_names, parts_in
from darknet.errors import CfgError, InputError
from darknet.labelled import read_labelled, survey
from darknet.quarantine import LeftOut, Quarantine

NAMES = ("cat", "dog", "train")


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def files(found) -> list[str]:
    return [Path(one.path).name for one in found.photographs]


# ---- parts


@pytest.mark.parametrize("word", ["valid", "val", "validation", "test", "Test"])
def test_a_folder_has_parts_by_their_names(tmp_path, word):
    touch(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", f"{word}/dog/3.jpg", "more/notes.txt")
    assert files(read_labelled(tmp_path, NAMES, "train")) == ["1.jpg", "2.jpg"]
    assert files(read_labelled(tmp_path, NAMES, "valid")) == ["3.jpg"]
    assert files(read_labelled(tmp_path, NAMES)) == ["3.jpg"]
    assert parts_in(tmp_path) == ("train", "valid")


def test_valid_comes_before_test(tmp_path):
    touch(tmp_path, "train/cat/1.jpg", "valid/dog/2.jpg", "test/dog/3.jpg")
    assert files(read_labelled(tmp_path, NAMES)) == ["2.jpg"]


def test_a_folder_that_is_not_divided_is_both_parts(tmp_path):
    touch(tmp_path, "cat/1.jpg", "train/2.jpg")  # a train is one of the classes
    for part in ("train", "valid"):
        assert files(read_labelled(tmp_path, NAMES, part)) == ["1.jpg", "2.jpg"]


def test_a_part_that_is_missing_is_told(tmp_path):
    touch(tmp_path, "train/cat/1.jpg")
    message = "divided into parts, but no folder valid or val or validation or test in it"
    with pytest.raises(InputError, match=message):
        read_labelled(tmp_path, ("cat", "dog"))
    touch(tmp_path, "test/notes.txt")
    with pytest.raises(InputError, match=r"test: no photographs in this folder \(\.bmp"):
        read_labelled(tmp_path, ("cat", "dog"))


def test_a_data_file_names_both_parts(tmp_path):
    touch(tmp_path, "cat/1.jpg", "dog/2.jpg")
    (tmp_path / "t.list").write_text("cat/1.jpg\n")
    (tmp_path / "my.data").write_text("train=t.list\nvalid=dog\n")
    (tmp_path / "v").mkdir()
    assert files(read_labelled(tmp_path / "my.data", NAMES, "train")) == ["1.jpg"]
    assert parts_in(tmp_path / "my.data") == ("train", "valid")
    (tmp_path / "my.data").write_text("valid=t.list\n")
    assert parts_in(tmp_path / "my.data") == ("valid",)
    with pytest.raises(InputError, match=r"my\.data: no train= in it"):
        read_labelled(tmp_path / "my.data", NAMES, "train")


def test_a_manifest_may_say_which_part_a_line_is_of(tmp_path):
    rows = ("file class split", "1.jpg cat train", "2.jpg dog Val", "3.jpg cat test",
            "4.jpg dog train")  # fmt: skip
    (tmp_path / "labels.tsv").write_text("\n".join(rows).replace(" ", "\t"))
    assert files(read_labelled(tmp_path, NAMES, "train")) == ["1.jpg", "4.jpg"]
    assert files(read_labelled(tmp_path, NAMES, "valid")) == ["2.jpg"]
    assert parts_in(tmp_path) == ("train", "valid")
    assert class_names(tmp_path) == ("cat", "dog")
    (tmp_path / "labels.tsv").write_text("file\tclass\tsplit\n1.jpg\tcat\ttrain\n")
    with pytest.raises(
        InputError, match=r"labels\.tsv: no line of it has valid or val or .* split"
    ):
        read_labelled(tmp_path, NAMES)
    (tmp_path / "labels.tsv").write_text("file\tclass\tsplit\n1.jpg\tcat\ttrain\n2.jpg\tcat\t\n")
    with pytest.raises(InputError, match=r"labels\.tsv:3: split : expected one of train, training"):
        read_labelled(tmp_path, NAMES)


# ---- class names


def test_classes_are_the_sorted_folders_of_all_parts(tmp_path):
    touch(tmp_path, "train/dog/1.jpg", "train/cat/2.jpg", "test/ox/deep/3.jpg", "test/none/x.txt")
    assert class_names(tmp_path) == ("cat", "dog", "ox")
    assert class_names(tmp_path / "train") == ("cat", "dog")


def test_classes_that_are_numbers_are_in_their_order(tmp_path):
    touch(tmp_path, *(f"{n}/1.jpg" for n in (0, 2, 10, 1)))
    assert class_names(tmp_path) == ("0", "1", "2", "10")
    assert [one.index for one in read_labelled(tmp_path, class_names(tmp_path)).photographs] == [
        0, 1, 3, 2,
    ]  # fmt: skip


def test_what_lies_beside_the_parts_is_no_class(tmp_path):
    """Found by the fuzzer, as was the number that is too long to be one."""
    touch(tmp_path, "train/cat/1.jpg", "logo.jpg", "more/2.jpg")
    assert class_names(tmp_path) == ("cat",)
    (tmp_path / "a.list").write_text(f"1.jpg {'9' * 5000}\n2.jpg 3\n")
    assert class_names(tmp_path / "a.list") == ("3", "9" * 5000)


def test_a_data_file_has_its_names(tmp_path):
    (tmp_path / "my.names").write_text("b\na\nc\n")
    (tmp_path / "my.data").write_text("classes=2\ntrain=x\nnames=my.names\n")
    assert class_names(tmp_path / "my.data") == ("b", "a")
    (tmp_path / "my.data").write_text("train=x\n")
    with pytest.raises(InputError, match=r"my\.data: no names= in it"):
        class_names(tmp_path / "my.data")
    (tmp_path / "my.data").write_text("train=x\nnames=none.names\n")
    with pytest.raises(CfgError, match=r"my\.data:2: names=none\.names: no such file or folder"):
        class_names(tmp_path / "my.data")


def test_a_list_has_its_words_or_folders(tmp_path):
    (tmp_path / "a.list").write_text("x/1.jpg ox\nx/2.jpg cat\n\n/data/dog/3.jpg\n")
    assert class_names(tmp_path / "a.list") == ("cat", "dog", "ox")
    (tmp_path / "a.list").write_text("1.jpg\n")
    with pytest.raises(InputError, match=r"a\.list: no classes in it"):
        class_names(tmp_path / "a.list")


def test_numbers_of_outputs_need_a_list_of_names(tmp_path):
    (tmp_path / "labels.csv").write_text("file,darknet_index,name\n1.jpg,448,tench\n")
    with pytest.raises(
        InputError, match=r"labels\.csv: darknet_index has numbers of classes; --nam"
    ):
        class_names(tmp_path)


# ---- quarantine


def test_what_is_in_quarantine_is_left_out_before_anything_is_asked(tmp_path):
    touch(tmp_path, "cat/1.jpg", "cat/2.jpg", "wolf/3.jpg")
    with pytest.raises(InputError, match="folder wolf is no class"):
        read_labelled(tmp_path, NAMES)
    paths = [tmp_path / "wolf/3.jpg", tmp_path / "cat/2.jpg"]
    quarantine = Quarantine(str(tmp_path / "q.tsv"), tuple(LeftOut(str(p), "bad") for p in paths))
    quarantine.write()
    assert (tmp_path / "q.tsv").read_text().startswith("path\treason\twhere\tline\tpart\n/")
    again = Quarantine.read(tmp_path / "q.tsv")
    assert again.entries == quarantine.entries
    assert files(read_labelled(tmp_path, NAMES, quarantine=again)) == ["1.jpg"]
    everything = Quarantine("q", (*again.entries, LeftOut(str(tmp_path / "cat/1.jpg"), "")))
    with pytest.raises(InputError, match="all 3 photographs of it are in quarantine"):
        read_labelled(tmp_path, NAMES, quarantine=everything)


def test_paths_in_quarantine_are_seen_from_here_and_from_its_folder(tmp_path, monkeypatch):
    touch(tmp_path, "cat/1.jpg", "cat/2.jpg", "cat/3.jpg")
    (tmp_path / "q.tsv").write_text(
        "path\treason\twhere\tline\r\ncat/1.jpg\n./cat/../cat/2.jpg\tx\n"
    )
    quarantine = Quarantine.read(tmp_path / "q.tsv")
    assert files(read_labelled(tmp_path, NAMES, quarantine=quarantine)) == ["3.jpg"]
    monkeypatch.chdir(tmp_path)
    assert files(read_labelled(".", NAMES, quarantine=Quarantine.read("q.tsv"))) == ["3.jpg"]


def test_one_line_of_a_list_may_be_in_quarantine(tmp_path):
    (tmp_path / "a.list").write_text("x/1.jpg cat\nx/1.jpg cat\nx/2.jpg dog\n")
    quarantine = Quarantine("q", (LeftOut("x/1.jpg", "named twice", "a.list:2", 2),))
    found = read_labelled(tmp_path / "a.list", NAMES, quarantine=quarantine)
    assert [one.line for one in found.photographs] == [1, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"q\.tsv:1: expected a quarantine list \(darknet data check"),
        ("cat/1.jpg\n", r"q\.tsv:1: expected a quarantine list"),
        ("path\treason\twhere\tline\na\tb\tc\td\n", r"q\.tsv:2: line d: expected a number"),
        ("path\treason\twhere\tline\tpart\na\tb\tc\t\td\n", r"q\.tsv:2: part d: expected train,"),
        ("path\treason\twhere\tline\n\ta\n", r"q\.tsv:2: \\ta: expected path reason where line"),
    ],
)
def test_what_is_no_quarantine(tmp_path, text, message):
    (tmp_path / "q.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        Quarantine.read(tmp_path / "q.tsv")


def test_a_survey_has_every_fault(tmp_path):
    text = "cat/1.jpg\nwolf/2.jpg\n3.jpg ox\ncat/1.jpg dog\ncat/5.jpg dog\n"
    (tmp_path / "a.list").write_text(text)
    found = survey(tmp_path / "a.list", NAMES)
    assert files(found.labelled) == ["1.jpg", "5.jpg"]
    assert [(fault.path, fault.where.rpartition(":")[2]) for fault in found.faults] == [
        ("wolf/2.jpg", "2"), ("3.jpg", "3"), ("cat/1.jpg", "4"),
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"a\.list:2: its folder wolf .* \(and 2 more like it\)"):
        found.checked()
