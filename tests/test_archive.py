"""Photographs in tar archives: what is read, and what hostile or damaged archives get."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet import archive
from darknet.archive import Encoded, is_archive, read_archive
from darknet.class_names import class_names, parts_in
from darknet.errors import InputError
from darknet.labelled import read_labelled

NAMES = ("cat", "dog", "bus")


def tar(*names: str, kind: bytes = tarfile.REGTYPE, form: int = tarfile.PAX_FORMAT, **header):
    """A tar with these members; each has its own name as content, when it is a file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as opened:
        for name in names:
            member = tarfile.TarInfo(name)
            is_folder = name.endswith("/")
            member.type = tarfile.DIRTYPE if is_folder else kind
            data = (
                b""
                if is_folder or kind != tarfile.REGTYPE
                else name.encode("utf-8", "surrogateescape")
            )
            member.size = len(data)
            for key, value in header.items():
                setattr(member, key, value)
            opened.addfile(member, io.BytesIO(data))
    return out.getvalue()


def written(tmp_path, data: bytes, name: str = "a.tar"):
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_photographs_are_read_by_name_whatever_the_packing(tmp_path, pack, form):
    deep = "cat/" + "long/" * 25 + "x" * 80 + ".jpg"  # needs a prefix, a long name or a pax path
    data = tar("./dog/2.PNG", "cat/", "cat/1.jpg", "cat/notes.txt", deep, ".git/1.jpg", form=form)
    path = written(tmp_path, pack(data), "a.bin")
    assert is_archive(path)
    found = read_archive(path)
    assert list(found) == ["cat/1.jpg", deep, "dog/2.PNG"]
    assert found["cat/1.jpg"] == b"cat/1.jpg"
    assert found["dog/2.PNG"] == b"./dog/2.PNG"
    assert isinstance(found[deep], Encoded)
    assert found[deep].label == f"{path}/{deep}"


def test_zstd_is_read_where_python_can(tmp_path):
    zstd = pytest.importorskip("compression.zstd")
    path = written(tmp_path, zstd.compress(tar("cat/1.jpg")), "a.tar.zst")
    assert list(read_archive(path)) == ["cat/1.jpg"]


def test_zstd_is_refused_where_python_cannot(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(archive, "import_module", missing)
    path = written(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(99), "a.tar.zst")
    with pytest.raises(InputError, match=r"a\.tar\.zst: this Python cannot read it .*zstd -d"):
        read_archive(path)


def test_names_of_any_bytes_and_the_later_of_two(tmp_path):
    data = tar("c\udce9/ü.jpg", form=tarfile.GNU_FORMAT)
    assert list(read_archive(written(tmp_path, data))) == ["c\udce9/ü.jpg"]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as opened:
        for content in (b"old", b"new!"):
            member = tarfile.TarInfo("cat/1.jpg")
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    assert dict(read_archive(written(tmp_path, out.getvalue(), "b.tar"))) == {"cat/1.jpg": b"new!"}


def test_an_archive_that_changed_is_read_again(tmp_path):
    assert list(read_archive(written(tmp_path, tar("a/1.jpg")))) == ["a/1.jpg"]
    assert list(read_archive(written(tmp_path, tar("a/1.jpg", "b/2.jpg")))) == [
        "a/1.jpg",
        "b/2.jpg",
    ]


# ---- what is refused


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (tarfile.CHRTYPE, "no regular"),
        (tarfile.BLKTYPE, "no regular"), (tarfile.FIFOTYPE, "no regular"),
        (tarfile.GNUTYPE_SPARSE, "a sparse file"),
    ],
)  # fmt: skip
def test_links_devices_and_sparse_files_are_no_photographs(tmp_path, kind, words):
    path = written(tmp_path, tar("cat/1.jpg", kind=kind, linkname="/etc/passwd"))
    with pytest.raises(
        InputError, match=rf"a\.tar: cat/1\.jpg is {words}.* in it; expected the ph"
    ):
        read_archive(path)
    assert read_archive(written(tmp_path, tar("cat/passwd", kind=kind), "b.tar")) == {}


def test_sparse_files_of_pax_too(tmp_path):
    path = written(tmp_path, tar("1.jpg", pax_headers={"GNU.sparse.major": "1"}))
    with pytest.raises(InputError, match=r"1\.jpg is a sparse file in it"):
        read_archive(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_archives_that_are_cut_off(tmp_path, pack):
    data = tar("cat/1.jpg", "dog/2.jpg")
    whole = pack(data)
    lengths = range(513, len(data) - 10_240 + 2048, 97) if pack is bytes else range(40, len(whole))
    for number, length in enumerate(lengths):
        path = written(tmp_path, whole[:length], f"{number}.tar")
        with pytest.raises(InputError, match=rf"^\S*{number}\.tar: .*cut off"):
            read_archive(path)


def test_a_size_that_cannot_be_is_refused_before_memory_is_taken(tmp_path):
    block = bytearray(tar("cat/1.jpg")[:512])
    for size in (b"\x80" + b"\xff" * 11, b"77777777777\0", b"\x80" + bytes(6) + b"\xff" * 5):
        block[124:136] = size
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        started = time.monotonic()
        path = written(tmp_path, bytes(block) + bytes(1024), f"{size.hex()}.tar")
        with pytest.raises(
            InputError, match=r"more than [\d,]+ bytes of photographs, at cat/1\.jpg"
        ):
            read_archive(path)
        assert time.monotonic() - started < 2


def test_all_photographs_together_have_to_fit_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "available_bytes", lambda: 40)
    assert len(read_archive(written(tmp_path, tar("cat/1.jpg", "cat/2.jpg")))) == 2
    path = written(tmp_path, tar("cat/1.jpg", "cat/2.jpg", "cat/3.jpg"))
    with pytest.raises(
        InputError, match=r"more than 20 bytes of photographs, at cat/3\.jpg: unpack"
    ):
        read_archive(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x1f\x8b" + bytes(100), "damaged or cut off after 0 photographs"),
        (b"BZh" + bytes(100), "damaged or cut off after 0 photographs"),
        (gzip.compress(b"hello" * 500), "no tar header where one should be"),
        (gzip.compress(b"hello"), "cut off"),
        (tar("cat/1.jpg")[:1024] + b"x" * 512, "no tar header where one should be"),
        (tar("cat/1.jpg") * 2, "more after tar's end mark: are these two archives in one"),
        (tar("cat/1.jpg").replace(b"cat/1", b"cat/2", 1), "no tar header where one should be"),
    ],
)
def test_what_is_no_tar(tmp_path, data, message):
    with pytest.raises(InputError, match=message):
        read_archive(written(tmp_path, data))


def test_a_name_of_a_megabyte_is_refused(tmp_path):
    path = written(tmp_path, tar("cat/" + "x" * 2**20 + ".jpg", form=tarfile.GNU_FORMAT))
    with pytest.raises(InputError, match=r"a name of 1,048,58\d bytes"):
        read_archive(path)


def test_an_archive_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"no\.tar: cannot be read: No such file"):
        read_archive(tmp_path / "no.tar")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_an_input_error_or_none(tmp_path_factory, data):
    whole = bytearray(tar("cat/1.jpg", "cat/" + "y" * 120 + ".jpg", "dog/2.png")[:6144])
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.mktemp("tars"), bytes(whole))
    with contextlib.suppress(InputError):
        read_archive(path)


# ---- as a data set


def test_an_archive_is_a_source_with_parts(tmp_path):
    data = tar("train/cat/1.jpg", "train/dog/2.jpg", "train/dog/3.jpg", "test/dog/4.jpg")
    for number, start in enumerate(("", "cifar/", "./", "a/")):
        members = [
            start + name for name in ("train/cat/1.jpg", "train/dog/2.jpg", "test/dog/4.jpg")
        ]
        path = written(tmp_path, lzma.compress(tar(*members)), f"{number}.tar.xz")
        train = read_labelled(path, NAMES, "train")
        assert [one.index for one in train.photographs] == [0, 1]
        valid = read_labelled(path, NAMES)
        assert [one.index for one in valid.photographs] == [1]
        name = members[2].removeprefix("./")
        assert valid.photographs[0].path == f"{path}/{name}"
        assert valid.photographs[0].source == members[2].encode()
        assert valid.files == (str(path),)
        assert class_names(path) == ("cat", "dog")
        assert parts_in(path) == ("train", "valid")
    assert len(read_labelled(written(tmp_path, data), NAMES, "train")) == 3


def test_an_archive_of_classes_is_both_parts(tmp_path):
    for number, start in enumerate(("", "all/")):
        path = written(tmp_path, tar(f"{start}cat/1.jpg", f"{start}dog/2.jpg"), f"{number}.tar")
        for part in ("train", "valid"):
            assert [one.index for one in read_labelled(path, NAMES, part).photographs] == [0, 1]
        assert class_names(path) == ("cat", "dog")
        assert parts_in(path) == ()


def test_an_archive_without_the_part(tmp_path):
    path = written(tmp_path, tar("train/cat/1.jpg"))
    with pytest.raises(InputError, match=r"a\.tar: divided into parts, but no folder valid or val"):
        read_labelled(path, NAMES)
    with pytest.raises(InputError, match=r"b\.tar/wolf/1\.jpg: its folder wolf is no class"):
        read_labelled(written(tmp_path, tar("wolf/1.jpg"), "b.tar"), NAMES)
    with pytest.raises(InputError, match=r"a\.tar: no photographs in it"):
        read_labelled(written(tmp_path, tar("readme.txt"), "a.tar"), NAMES)


def test_sixty_thousand_photographs_take_seconds(shared):
    path = next((shared / "data/cifar10").glob("*.tar.xz"))
    started = time.monotonic()
    train = read_labelled(path, class_names(path), "train")
    valid = read_labelled(path, class_names(path), "valid")
    assert time.monotonic() - started < 30  # 3 on an idle machine
    assert train.counts == (5000,) * 10
    assert valid.counts == (1000,) * 10
