"""files: bounded reads, writes that happen whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import CfgError, InputError, NamesError
from darknet.files import (
    beside,
    read_bytes,
    refuse_inputs,
    same_file,
    staged,
    write_atomic,
    write_together,
)


def test_a_file_of_exactly_the_limit_is_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_bytes(path, 5, "a file", CfgError) == b"12345"
    with pytest.raises(CfgError, match=r"a: larger than 4 bytes; expected a file$"):
        read_bytes(path, 4, "a file", CfgError)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_is_refused():
    with pytest.raises(CfgError, match="is a pipe or device, not a file; expected a file"):
        read_bytes("/dev/zero", 1000, "a file", CfgError)


@pytest.mark.parametrize("error", [CfgError, NamesError])
def test_what_cannot_be_read_is_the_error_asked_for(tmp_path, error):
    with pytest.raises(error, match=r"no: cannot be read: No such file .*; expected a file$"):
        read_bytes(tmp_path / "no", 5, "a file", error)
    with pytest.raises(error, match=r": is a folder; expected a file$"):
        read_bytes(tmp_path, 5, "a file", error)
    with pytest.raises(error, match="cannot be read"):
        read_bytes("a\0b", 5, "a file", error)


def test_a_name_is_shown_safely(tmp_path):
    with pytest.raises(CfgError) as caught:
        read_bytes(tmp_path / "a\x1b[31m\nb", 5, "a file", CfgError)
    assert str(caught.value).isprintable()


@settings(deadline=None, max_examples=25)
@given(before=st.none() | st.binary(max_size=50), data=st.binary(max_size=50))
def test_what_is_written_is_read_and_replaces_all_of_it(tmp_path_factory, before, data):
    folder = tmp_path_factory.mktemp("written", numbered=True)
    path = folder / "a.bin"
    if before is not None:
        path.write_bytes(before)
    write_atomic(path, data)
    assert path.read_bytes() == data
    assert os.listdir(folder) == ["a.bin"]


def test_permissions_of_a_replaced_file_stay(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    for mode in (0o600, 0o640, 0o755):
        path.chmod(mode)
        write_atomic(path, b"new")
        assert path.stat().st_mode & 0o7777 == mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0, 0o666)])
def test_permissions_of_a_new_file_are_what_the_umask_leaves(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_atomic(tmp_path / "a", b"new")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == mode


def test_who_has_the_old_file_open_goes_on_reading_it(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_atomic(path, b"new")
        assert reader.read() == b"old"


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no/a: cannot be written: No such file or directory$"):
        write_atomic(tmp_path / "no" / "a", b"new")
    assert os.listdir(tmp_path) == []


def test_a_folder_as_target_is_refused_and_nothing_left_behind(tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").touch()
    with pytest.raises(InputError, match=r"folder: cannot be written: "):
        write_atomic(target, b"new")
    assert os.listdir(tmp_path) == ["folder"]
    assert os.listdir(target) == ["inside"]


def test_a_file_as_folder_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        write_atomic(tmp_path / "a" / "b", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"


def test_nothing_is_left_behind_when_writing_is_interrupted(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "a", object())  # fails once the temporary file is there
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_name_in_the_current_folder_is_written_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomic("a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_long_name_is_written(tmp_path):
    write_atomic(tmp_path / ("x" * 255), b"new")
    assert os.listdir(tmp_path) == ["x" * 255]


def test_a_long_name_of_several_bytes_a_character_is_written(tmp_path):
    write_atomic(tmp_path / ("語" * 85), b"new")  # 255 bytes, as many as a name may have


def test_an_impossible_name_is_refused(tmp_path):
    with pytest.raises(InputError):
        write_atomic(f"{tmp_path}/a\0b", b"new")


def test_a_symbolic_link_is_written_or_replaced_whole(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "link").read_bytes() == b"new"


def test_a_device_or_pipe_is_not_replaced_by_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # so that whoever writes does not wait
    try:
        write_atomic(pipe, b"new")
    except InputError:
        pass
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_beside_is_as_written_then_beside_then_above():
    assert beside("data/a.names", "/x/cfg/a.cfg") == [
        Path("data/a.names"),
        Path("/x/cfg/data/a.names"),
        Path("/x/data/a.names"),
    ]


def test_beside_of_an_absolute_path_is_itself():
    assert set(beside("/y/a.names", "/x/cfg/a.cfg")) == {Path("/y/a.names")}


# staged: several files together


def write_all(*targets):
    with staged(*targets) as places:
        for place in places:
            place.write_text("new")


def test_staged_files_take_their_places_together(tmp_path):
    one, two = tmp_path / "one.xml", tmp_path / "two.bin"
    one.write_text("old")
    one.chmod(0o640)
    with staged(one, two) as (new_one, new_two):
        assert (new_one.name, new_two.name) == ("one.xml", "two.bin")
        new_one.write_text("new")
        new_two.write_text("new")
        assert one.read_text() == "old"
    assert one.read_text() == two.read_text() == "new"
    assert one.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["one.xml", "two.bin"]


def test_the_first_staged_file_goes_first_and_comes_last(tmp_path, monkeypatch):
    one, two = tmp_path / "one.xml", tmp_path / "two.bin"
    one.write_text("old")
    two.write_text("old")
    moves, replace = [], os.replace

    def told(source, target):
        moves.extend(path.name for path in (source, target) if path in (one, two))
        replace(source, target)

    monkeypatch.setattr("os.replace", told)
    write_all(one, two)
    assert moves == ["one.xml", "two.bin", "two.bin", "one.xml"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0, 0o666)])
def test_a_new_staged_file_has_the_mode_of_any_new_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with staged(tmp_path / "a") as (place,):
            place.touch(0o600)  # as safetensors does
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == mode
    assert os.listdir(tmp_path) == ["a"]


def test_files_are_written_together_and_devices_as_they_stand(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    write_together([(one, b"1"), (os.devnull, b"0"), (two, b"2")])
    assert (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    assert not Path(os.devnull).is_file()
    write_together([(os.devnull, b"0"), (os.devnull, b"1")])
    with pytest.raises(InputError, match="cannot be written"):
        write_together([(one, b"new"), (tmp_path / "no" / "two", b"new")])
    assert one.read_bytes() == b"1"


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_staged_files_come_back_whenever_a_move_fails(tmp_path, monkeypatch, failing):
    one, two = tmp_path / "one.xml", tmp_path / "two.bin"
    one.write_text("old one")
    two.write_text("old two")
    moves, replace = [], os.replace

    def fails_once(source, target):
        moves.append(target)
        if len(moves) == failing:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("os.replace", fails_once)
    with pytest.raises(InputError, match="No space left"):
        write_all(one, two)
    assert (one.read_text(), two.read_text()) == ("old one", "old two")
    assert sorted(os.listdir(tmp_path)) == ["one.xml", "two.bin"]


def test_staged_files_that_were_not_there_are_not_there_after_a_failure(tmp_path, monkeypatch):
    one, two = tmp_path / "one.xml", tmp_path / "two.bin"
    replace = os.replace

    def fails_for_the_first(source, target):
        if target == one:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("os.replace", fails_for_the_first)
    with pytest.raises(InputError):
        write_all(one, two)
    assert os.listdir(tmp_path) == []


def test_a_block_that_fails_changes_nothing(tmp_path):
    one = tmp_path / "one"
    one.write_text("old")

    def fails():
        with staged(one) as (place,):
            place.write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert one.read_text() == "old"
    assert os.listdir(tmp_path) == ["one"]


def test_staged_files_follow_links_and_refuse_folders(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("old")
    (tmp_path / "link").symlink_to("real/file")
    with staged(tmp_path / "link") as (place,):
        place.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_text() == "new"
    with pytest.raises(InputError, match="is a folder"), staged(tmp_path / "real"):
        pass
    with pytest.raises(InputError, match="cannot be written"), staged(tmp_path / "no" / "file"):
        pass


def test_same_file_sees_through_links(tmp_path):
    file = tmp_path / "file"
    assert not same_file(tmp_path / "a", [file])
    assert same_file(tmp_path / "." / "file", [tmp_path / "other", file])
    file.write_text("x")
    (tmp_path / "soft").symlink_to("file")
    os.link(file, tmp_path / "hard")
    (tmp_path / "other").write_text("x")
    for name, same in (("soft", True), ("hard", True), ("other", False)):
        assert same_file(tmp_path / name, [file]) == same


def test_an_input_is_refused_by_whatever_name(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    os.link(file, tmp_path / "hard")
    refuse_inputs(tmp_path / "new", [tmp_path / "other", file], "choose another")
    refuse_inputs("a\0b", [file], "choose another")
    said = r"hard: is read here, and is not overwritten: choose another$"
    with pytest.raises(InputError, match=said):
        refuse_inputs(tmp_path / "hard", [tmp_path / "other", file], "choose another")
