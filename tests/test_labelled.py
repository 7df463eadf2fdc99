"""Photographs with their classes: folders, .data files, lists, manifests, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import CfgError, InputError
from darknet.labelled import Labelled, is_data_file, read_labelled
from darknet.names import Numbered, load_names, wordnet_ids
from darknet.vocabulary import Vocabulary

NAMES = ("cat", "dog", "school bus", "bus", "person")
IMAGENET = load_names("imagenet")
TENCH, KIT_FOX = 448, 0  # n01440764, n02119789; the first of the sorted wnids is the tench


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def classes(found: Labelled) -> dict[str, int]:
    """Name of the file -> class."""
    return {Path(photograph.path).name: photograph.index for photograph in found.photographs}


def of_list(tmp_path: Path, text: str, names=NAMES) -> Labelled:
    (tmp_path / "my.list").write_text(text)
    return read_labelled(tmp_path / "my.list", names)


def of_table(tmp_path: Path, text: str, names=NAMES, name: str = "labels.tsv") -> Labelled:
    (tmp_path / name).write_text(text)
    return read_labelled(tmp_path / name, names)


# ---- folders


def test_folders_are_named_after_their_classes(tmp_path):
    touch(tmp_path, "cat/1.jpg", "cat/more/2.PNG", "school_bus/3.jpg", "dog/notes.txt", "4/5.jpg")
    touch(tmp_path, ".hidden/6.jpg", "dog/.7.jpg")
    found = read_labelled(tmp_path, NAMES)
    assert classes(found) == {"1.jpg": 0, "2.PNG": 0, "3.jpg": 2, "5.jpg": 4}
    assert found.counts == (2, 0, 1, 0, 1)
    assert found.duplicates == ()
    assert found.top is None
    assert len(found) == 4
    assert found.names == NAMES


def test_folders_are_wnids_where_the_names_are_imagenets(tmp_path):
    touch(tmp_path, "n01440764/1.jpg", "n02119789/2.jpg", "great white shark/3.jpg")
    found = classes(read_labelled(tmp_path, IMAGENET))
    assert found == {"1.jpg": TENCH, "2.jpg": KIT_FOX, "3.jpg": 441}
    assert wordnet_ids(IMAGENET)[441] == "n01484850"
    assert wordnet_ids(IMAGENET[::-1]) == wordnet_ids(NAMES) == ()


def test_folders_are_numbers_where_there_are_no_names(tmp_path):
    touch(tmp_path, "0/a.jpg", "07/b.jpg")
    assert classes(read_labelled(tmp_path, Numbered(8))) == {"a.jpg": 0, "b.jpg": 7}
    with pytest.raises(InputError, match=r"b\.jpg: its folder 07 is no class: .* 0 to 6"):
        read_labelled(tmp_path, Numbered(7))


def test_a_name_that_is_a_number_is_a_name(tmp_path):
    touch(tmp_path, "1/a.jpg")
    assert classes(read_labelled(tmp_path, ("3", "2", "1"))) == {"a.jpg": 2}


def test_a_number_in_a_files_name_is_no_class(tmp_path):
    touch(tmp_path, "img_3.jpg")
    with pytest.raises(InputError, match=r"no class in the name img_3\.jpg"):
        read_labelled(tmp_path, ("2", "3"))


def test_files_alone_have_their_class_in_their_names(tmp_path):
    touch(tmp_path, "46_cat.png", "school_bus-2.jpg", "dog.17.jpg", "cat (1).jpg")
    found = classes(read_labelled(tmp_path, NAMES))
    assert found == {"46_cat.png": 0, "school_bus-2.jpg": 2, "dog.17.jpg": 1, "cat (1).jpg": 0}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("cats/1.jpg",), r'1\.jpg: its folder cats is no class; did you mean "cat"\?'),
        (("noperson/1.jpg",), r"its folder noperson is no class"),
        (("zebra/1.jpg",), r"zebra is no class: expected one of cat, dog, school bus, bus \.\.\."),
        (("cat/dog/1.jpg",), r"folder cat is cat \(class 0\), folder dog is dog \(class 1\)"),
        (("cat_dog.jpg",), r'"cat" in the name is cat \(class 0\), "dog" in the name is dog'),
        (("1/cat_3.jpg",), r'folder 1 is dog \(class 1\), "cat" in the name is cat'),
        (("cat/1.jpg", "wolf/dog_1.jpg"), r"dog_1\.jpg: only the file's name has a class, but in"),
        (("1.jpg",), r"1\.jpg: no class in the name 1\.jpg, and no folder; expected folders"),
        (("a/1.jpg", "b/2.jpg", "c/3.jpg"), r"its folder a is no class.* \(and 2 more like it\)"),
        (("cat/1.txt",), r"no photographs in this folder \(\.bmp, \.gif"),
    ],
)
def test_what_a_folder_cannot_be(tmp_path, files, message):
    touch(tmp_path, *files)
    with pytest.raises(InputError, match=message):
        read_labelled(tmp_path, NAMES)


def test_unknown_names_say_what_would_give_them(tmp_path):
    touch(tmp_path, "n01440764/1.jpg")
    with pytest.raises(InputError, match="names of the classes are not known; --names imagenet"):
        read_labelled(tmp_path, Numbered(1000))
    with pytest.raises(InputError, match="names of the classes are not known; --names LIST"):
        read_labelled(tmp_path, Numbered(10))


def test_two_classes_of_one_name_need_the_wnid(tmp_path):
    touch(tmp_path, "crane/1.jpg")
    with pytest.raises(InputError, match=r"folder crane is crane .* and crane .*: give the wnid"):
        read_labelled(tmp_path, IMAGENET)
    touch(tmp_path, "crane/n02012849_1.jpg", "crane/n03126707_2.jpg")
    (tmp_path / "crane/1.jpg").unlink()
    ids = wordnet_ids(IMAGENET)
    text = "crane/n02012849_1.jpg crane\ncrane/n03126707_2.jpg crane\n"
    found = classes(of_list(tmp_path, text, IMAGENET))
    assert {name: ids[index] for name, index in found.items()} == {
        "n02012849_1.jpg": "n02012849",
        "n03126707_2.jpg": "n03126707",
    }


def test_links_to_folders_are_followed_once(tmp_path):
    touch(tmp_path, "elsewhere/1.jpg", "tree/dog/2.jpg")
    os.symlink(tmp_path / "elsewhere", tmp_path / "tree" / "cat")
    os.symlink(tmp_path / "tree", tmp_path / "tree" / "dog" / "round")
    assert classes(read_labelled(tmp_path / "tree", NAMES)) == {"1.jpg": 0, "2.jpg": 1}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abo", min_size=1, max_size=4), min_size=1, max_size=8, unique=True))
def test_a_class_is_never_found_within_another(names):
    """Names made of three letters contain each other all the time."""
    vocabulary = Vocabulary(names)
    for index, name in enumerate(names):
        assert vocabulary.named(name) == {index}
        assert not vocabulary.named(f"{name}x")
        assert list(vocabulary.within(f"x{name} {name}_7")) == [(name, frozenset({index}))]


# ---- lists


def test_a_list_has_the_class_in_a_second_column_or_in_the_path(tmp_path):
    text = (
        "a/1.jpg cat\n"
        "\n"
        "my photographs/2.jpg  school bus\r\n"
        "3.dat\t1\n"
        "/home/x/dog/4.jpg\n"
        "C:\\photographs\\person\\5.jpg\n"
        "6.jpg 4"
    )
    found = of_list(tmp_path, text)
    assert [one.index for one in found.photographs] == [0, 2, 1, 1, 4, 4]
    assert [one.line for one in found.photographs] == [1, 3, 4, 5, 6, 7]
    assert [one.path for one in found.photographs][:3] == [
        "a/1.jpg",
        "my photographs/2.jpg",
        "3.dat",
    ]


def test_paths_are_found_beside_the_list_and_a_folder_above(tmp_path):
    touch(tmp_path, "data/cat/1.jpg", "cat/2.jpg")
    (tmp_path / "data/valid.list").write_text("cat/1.jpg\ncat/2.jpg\ncat/3.jpg\n")
    found = read_labelled(tmp_path / "data/valid.list", NAMES)
    paths = [one.path for one in found.photographs]
    assert paths == [f"{tmp_path}/data/cat/1.jpg", f"{tmp_path}/cat/2.jpg", "cat/3.jpg"]


def test_folders_that_all_paths_share_decide_only_when_no_other_does(tmp_path):
    found = of_list(tmp_path, "/home/person/cat/1.jpg\n/home/person/dog/2.jpg\n")
    assert [one.index for one in found.photographs] == [0, 1]
    found = of_list(tmp_path, "/data/person/valid/1.jpg\n/data/person/valid/2.jpg\n")
    assert [one.index for one in found.photographs] == [4, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat/1.jpg\n\n2.jpg wolf\n", r"my\.list:3: wolf is no class: expected one of cat"),
        ("1.jpg 5\n", r"my\.list:1: 5 is no class: numbers are from 0 to 4"),
        ("1.jpg -1\n", r"my\.list:1: -1 is no class"),
        ("noperson/1.jpg\n", r"my\.list:1: its folder noperson is no class"),
        ("a/cat/dog/1.jpg\nb/2.jpg cat", r"my\.list:1: two classes: folder cat is .*folder dog is"),
        ("cat/1.jpg\n./cat/1.jpg dog\n", r"my\.list:2: \./cat/1\.jpg is dog .* here and cat .*:1"),
        ("", r"my\.list: no photographs in it"),
        ("[net]\nwidth=3\n", r"my\.list: this is a \.cfg; expected a folder, a \.data file"),
        ("a\0b", r"my\.list: binary, not text"),
    ],
)
def test_what_a_list_cannot_say(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        of_list(tmp_path, text)


def test_a_sorted_number_beside_a_wnid_is_caught(tmp_path):
    """Caffe's and torchvision's lists: number 0 is the first of the sorted wnids, the tench."""
    with pytest.raises(InputError, match=r"my\.list:1: two classes: .*kit fox .*tench .*sorted"):
        of_list(tmp_path, "val/n01440764/1.jpg 0\n", IMAGENET)
    found = of_list(tmp_path, f"val/n01440764/1.jpg {TENCH}\n", IMAGENET)
    assert found.photographs[0].index == TENCH


def test_duplicates_are_told(tmp_path):
    found = of_list(tmp_path, "/a/cat/1.jpg\n/a/b/../cat/1.jpg cat\n/a/dog/2.jpg\n")
    assert found.duplicates == (("/a/cat/1.jpg", 2),)
    assert found.counts == (2, 1, 0, 0, 0)


def test_spread_takes_photographs_from_everywhere(tmp_path):
    found = of_list(tmp_path, "".join(f"/{name}/{n}.jpg\n" for name in NAMES for n in range(4)))
    assert found.spread(5).counts == (1, 1, 1, 1, 1)
    assert found.spread(3).counts == (1, 1, 0, 1, 0)
    assert found.spread(99) is found
    with pytest.raises(InputError, match="limit=0: expected at least 1"):
        found.spread(0)


# ---- manifests


def test_a_manifest_has_one_or_more_columns_of_classes(tmp_path):
    table = "file\twnid\tdarknet_index\tsorted_index\tname\nx.jpg\tn01440764\t448\t0\ttench\n"
    assert classes(of_table(tmp_path, table, IMAGENET)) == {"x.jpg": TENCH}
    for columns in ("wnid", "name", "class", "label"):
        word = "tench" if columns == "name" else "n01440764"
        assert classes(of_table(tmp_path, f"file\t{columns}\nx.jpg\t{word}\n", IMAGENET)) == {
            "x.jpg": TENCH
        }


def test_a_manifest_is_csv_too_and_found_in_its_folder(tmp_path):
    touch(tmp_path, "cat/1.jpg", "a, b.jpg")
    of_table(tmp_path, 'Path,Label\n"a, b.jpg",school bus\n\ncat/1.jpg,1\n', name="labels.csv")
    found = read_labelled(tmp_path, NAMES)
    assert [(one.index, one.line) for one in found.photographs] == [(2, 2), (1, 4)]
    assert found.photographs[0].path == str(tmp_path / "a, b.jpg")
    assert found.label == str(tmp_path)


def test_sorted_numbers_have_a_column_of_their_own(tmp_path):
    table = "file\tsorted_index\nx.jpg\t0\ny.jpg\t2\n"
    assert classes(of_table(tmp_path, table, IMAGENET)) == {"x.jpg": TENCH, "y.jpg": 441}
    with pytest.raises(InputError, match="network's classes are not ImageNet's; call the column"):
        of_table(tmp_path, table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("file\tlabel\twnid\nx.jpg\t0\tn01440764\n", r"labels\.tsv:2: two classes: label 0 is kit "
         r"fox .*, wnid n01440764 is tench .*sorted wnids"),
        ("file\tclass\nn01440764_tench.jpg\t0\n", r"the path's n01440764 is tench"),
        ("file\tclass\tname\nx.jpg\t448\tkit fox\n", r"class 448 is tench .*name kit fox is kit"),
        ("file\tclass\nx.jpg\t1000\n", r"labels\.tsv:2: class 1000: expected 0 to 999"),
        ("file\tdarknet_index\nx.jpg\ttench\n", r":2: darknet_index tench: expected 0 to 999"),
        ("file\tclass\nx.jpg\ttenhc\n", r':2: class tenhc is no class; did you mean "tench"\?'),
        ("file\tclass\n\nx.jpg\t\n", r"labels\.tsv:3: x\.jpg: no class in this line"),
        ("file\tclass\n\t4\n", r":2: no path of a photograph in this line"),
        ("file\tclass\nx.jpg\n", r":2: 1 columns; the header has 2"),
        ("photo\tclass\nx.jpg\t4\n", r"labels\.tsv:1: the header has no column of photographs"),
        ("file\tkind\nx.jpg\t4\n", r":1: the header has no column of classes; expected darknet_i"),
        ("file\tclass\n", r"no photographs in it"),
        ("\n", r"labels\.tsv: empty; expected a header"),
    ],
)  # fmt: skip
def test_what_a_manifest_cannot_say(tmp_path, table, message):
    with pytest.raises(InputError, match=message):
        of_table(tmp_path, table, IMAGENET)


def test_a_name_of_no_list_does_not_count_beside_a_class(tmp_path):
    table = "file\tclass\tname\nx.jpg\t1\tRex, a good dog\n"
    assert classes(of_table(tmp_path, table)) == {"x.jpg": 1}


def test_the_manifest_of_imagenet500(shared):
    found = read_labelled(shared / "data/imagenet500", IMAGENET)
    assert len(found) == 500
    assert set(found.counts) == {0, 1}
    ids = wordnet_ids(IMAGENET)
    for one in found.photographs:
        assert Path(one.path).name.startswith(ids[one.index])
        assert Path(one.path).exists()


# ---- .data files


def data_file(tmp_path: Path, **entries: str) -> Path:
    text = "".join(f"{key} = {value}\n" for key, value in entries.items())
    (tmp_path / "my.data").write_text(f"# Darknet's\nclasses=5\n{text}")
    return tmp_path / "my.data"


def test_a_data_file_names_the_list_the_labels_and_top(tmp_path):
    """labels are looked for in paths, names are printed."""
    touch(tmp_path, "valid/w1/1.jpg", "valid/dog/2.jpg")
    (tmp_path / "valid.list").write_text("valid/w1/1.jpg\nvalid/dog/2.jpg\n")
    (tmp_path / "w.list").write_text("w0\nw1\nw2\nw3\nw4\nw5\n")
    (tmp_path / "n.list").write_text("\n".join(NAMES))
    file = data_file(tmp_path, valid="valid.list", labels="w.list", names="n.list", top="2")
    assert is_data_file(file)
    for names in (NAMES, Numbered(5)):
        found = read_labelled(file, names)
        assert classes(found) == {"1.jpg": 1, "2.jpg": 1}
        assert (tuple(found.names), found.top, found.label) == (NAMES, 2, str(file))
    file.rename(tmp_path / "renamed.txt")
    assert read_labelled(tmp_path / "renamed.txt", NAMES).top == 2


def test_a_data_files_valid_may_be_a_folder(tmp_path):
    touch(tmp_path, "photographs/cat/1.jpg")
    found = read_labelled(data_file(tmp_path, valid="photographs"), NAMES)
    assert classes(found) == {"1.jpg": 0}


def test_what_a_data_file_cannot_say(tmp_path):
    with pytest.raises(InputError, match=r"my\.data: no valid= in it"):
        read_labelled(data_file(tmp_path, train="x"), NAMES)
    with pytest.raises(CfgError, match=r"my\.data:\d: valid=nowhere\.list: no such file or folder"):
        read_labelled(data_file(tmp_path, valid="nowhere.list"), NAMES)
    touch(tmp_path, "p/cat/1.jpg")
    with pytest.raises(CfgError, match=r"my\.data:\d: labels=no\.list: no such file or folder"):
        read_labelled(data_file(tmp_path, valid="p", labels="no.list"), NAMES)
    with pytest.raises(CfgError, match=r"my\.data:4: top=0: expected an integer of at least 1"):
        read_labelled(data_file(tmp_path, valid="p", top="0"), NAMES)


def test_what_is_no_source_at_all(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: cannot be read: No such file .*; expected a f"):
        read_labelled(tmp_path / "nowhere", NAMES)
    assert not is_data_file(tmp_path)
