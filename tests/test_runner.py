"""A network with its weights answers batches: shapes, errors, threads, memory."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import darknet
from conftest import network, random_weights
from darknet.engines import Settings
from darknet.errors import DarknetError, EngineError, InputError, NetworkError
from darknet.interp.evaluate import evaluate
from darknet.interp.reference import NumpyOps
from darknet.runner import MAX_ENGINES, Runner

NET = "[net]\nwidth=8\nheight=6\nchannels=3\n"
CONV = "[conv]\nfilters={}\nsize=3\npad=1\nbatch_normalize=1\nactivation=leaky\n"
CLASSIFIER = f"{NET}{CONV.format(4)}[maxpool]\nstride=2\n{CONV.format(5)}[avgpool]\n[softmax]\n"
FIXED = f"{NET}{CONV.format(4)}[connected]\noutput=5\n"


def runner(text, engine="openvino", **settings):
    net = network(text)
    return Runner(net, random_weights(net), engine=engine, settings=Settings(**settings))


def batch(count=2, height=6, width=8, seed=0):
    drawn = np.random.default_rng(seed).uniform(0, 1, (count, 3, height, width))
    return drawn.astype(np.float32)


def oracle(run, x):
    return evaluate(run.network, NumpyOps(), run.weights.arrays, x)[0]


# ---- what predict takes and gives


def test_a_vector_comes_out_as_rows(engine):
    run = runner(CLASSIFIER, engine)
    answer = run.predict(batch(3))
    assert (answer.shape, answer.dtype) == ((3, 5), np.float32)
    np.testing.assert_allclose(answer, oracle(run, batch(3))[:, :, 0, 0], rtol=1e-5, atol=1e-6)


def test_an_image_comes_out_as_an_image(engine):
    run = runner(NET + CONV.format(4), engine)
    answer = run.predict(batch(3))
    assert (answer.shape, answer.dtype) == ((3, 4, 6, 8), np.float32)
    np.testing.assert_allclose(answer, oracle(run, batch(3)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.uint8, np.int64, bool])
def test_other_numbers_are_converted(dtype):
    run = runner(CLASSIFIER)
    given = np.rint(batch()).astype(dtype)
    np.testing.assert_array_equal(run.predict(given), run.predict(given.astype(np.float32)))


def test_lists_and_arrays_of_any_layout_are_taken():
    run = runner(CLASSIFIER)
    given = batch()
    expected = run.predict(given)
    np.testing.assert_array_equal(run.predict(given.tolist()), expected)
    np.testing.assert_array_equal(run.predict(np.asfortranarray(given)), expected)
    np.testing.assert_array_equal(run.predict(given[:, :, ::-1, ::-1][:, :, ::-1, ::-1]), expected)


def read_only(engine):
    run = runner(CLASSIFIER, engine)
    given = batch()
    expected = run.predict(given)
    given.flags.writeable = False  # as arrays of Pillow, memory maps and broadcasts are
    np.testing.assert_array_equal(run.predict(given), expected)


@pytest.mark.parametrize("name", ["onnxruntime", "reference", "torch"])
def test_a_read_only_array_is_taken(name):
    pytest.importorskip("numpy" if name == "reference" else name)
    read_only(name)


def test_a_read_only_array_is_taken_by_openvino():
    read_only("openvino")


def test_one_batch_answers_as_its_inputs_one_by_one(engine):
    run = runner(CLASSIFIER, engine)
    given = batch(5)
    single = np.concatenate([run.predict(given[number : number + 1]) for number in range(5)])
    # The same float32 sums in kernels for another batch: equal but for their order.
    np.testing.assert_allclose(run.predict(given), single, rtol=1e-5, atol=1e-6)


def test_an_input_without_an_image_is_rows(engine):
    run = runner("[net]\ninputs=12\n[connected]\noutput=5\nactivation=tanh\n", engine)
    given = np.random.default_rng(0).uniform(-1, 1, (3, 12)).astype(np.float32)
    answer = run.predict(given)
    assert answer.shape == (3, 5)
    expected = np.tanh(given @ run.weights[0]["weights"].T + run.weights[0]["biases"])
    np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(run.predict(given[:, :, None, None]), answer)


def test_another_size_of_image_where_the_network_can_be_resized(engine):
    run = runner(CLASSIFIER, engine)
    given = batch(2, 10, 7)
    answer = run.predict(given)
    assert answer.shape == (2, 5)
    resized = run.network.resized(7, 10)
    expected = evaluate(resized, NumpyOps(), run.weights.arrays, given)[0]
    np.testing.assert_allclose(answer, expected[:, :, 0, 0], rtol=1e-5, atol=1e-6)


# ---- what predict refuses


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((3, 6, 8)), "got 3 x 6 x 8; expected N x 3 x 6 x 8"),
        (np.zeros((0, 3, 6, 8)), "got 0 x 3 x 6 x 8; expected N x 3 x 6 x 8"),
        (np.zeros((2, 1, 6, 8)), "got 2 x 1 x 6 x 8; expected N x 3 x 6 x 8"),
        (np.zeros((2, 6, 8, 3)), "got 2 x 6 x 8 x 3; expected N x 3 x 6 x 8"),
        (np.float32(1), "got a single number; expected N x 3 x 6 x 8"),
        ([], "got 0; expected N x 3 x 6 x 8"),
        (np.zeros((1, 3, 6, 8), complex), "an array of complex128; expected float32"),
        (np.zeros((1, 3, 6, 8), object), "an array of object; expected float32"),
        ("dog.jpg", "expected float32"),
        (None, "expected float32"),
    ],
)
def test_an_input_that_does_not_fit_is_refused_with_both_shapes(given, said):
    with pytest.raises(InputError) as error:
        runner(CLASSIFIER, "reference").predict(given)
    assert said in str(error.value)


def test_pixels_that_are_not_0_to_1_are_refused():
    with pytest.raises(InputError, match=r"pixels from 0 to 255; expected 0..1 \(divide by 255"):
        runner(CLASSIFIER, "reference").predict((batch() * 256).astype(np.uint8))


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(InputError):
        runner("[net]\ninputs=2\n[connected]\noutput=1\n", "reference").predict([[1, 2], [3]])


def test_another_size_is_refused_where_the_network_fixes_it():
    with pytest.raises(InputError, match=r"got 1 x 3 x 9 x 9; this network takes only N x 3 x 6"):
        runner(FIXED, "reference").predict(batch(1, 9, 9))


def test_a_size_too_small_for_a_layer_names_the_layer():
    text = f"{NET}[conv]\nfilters=2\nsize=5\n[avgpool]\n"
    with pytest.raises(NetworkError, match=r"layer 0 .*window of 5"):
        runner(text, "reference").predict(batch(1, 6, 4))


def test_rows_of_another_length_are_refused():
    run = runner("[net]\ninputs=12\n[connected]\noutput=5\n", "reference")
    with pytest.raises(InputError, match=r"got 3 x 11; expected N x 12|got 3 x 11 x 1 x 1"):
        run.predict(np.zeros((3, 11)))


# ---- engines: opened when needed, kept, let go


def test_engines_are_bounded_and_the_one_not_used_for_longest_goes():
    run = runner(CLASSIFIER, "reference")
    for count in range(1, MAX_ENGINES + 1):
        run.predict(batch(count))
    run.predict(batch(1))
    run.predict(batch(MAX_ENGINES + 1))
    still = [count for count in range(1, MAX_ENGINES + 2) if run.is_open(count, 6, 8)]
    assert still == [1, *range(3, MAX_ENGINES + 2)]


def test_an_engine_is_opened_once_for_a_shape(engine):
    run = runner(CLASSIFIER, engine)
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: run.engine(1, 6, 8), range(8)))
    assert all(one is opened[0] for one in opened)


def test_after_close_it_opens_again(engine):
    run = runner(CLASSIFIER, engine)
    first = run.predict(batch())
    run.close()
    assert not run.is_open(2, 6, 8)
    np.testing.assert_array_equal(run.predict(batch()), first)
    run.close()
    run.close()


def test_it_says_which_engine_ran():
    run = runner(CLASSIFIER, "reference")
    assert run.describe() == "reference"
    run.predict(batch())
    assert run.describe() == f"numpy {np.__version__}, f32"


def test_an_unknown_engine_is_refused():
    with pytest.raises(EngineError, match="no engine nonsense"):
        runner(CLASSIFIER, "nonsense").predict(batch())


def test_eight_threads_get_the_serial_answers(engine):
    run = runner(CLASSIFIER, engine, threads=1)
    inputs = [batch(1 + seed % 2, seed=seed) for seed in range(160)]
    serial = [run.predict(given) for given in inputs]
    run.close()
    with ThreadPoolExecutor(8) as pool:  # each thread has 20 of them, more or less
        answers = list(pool.map(run.predict, inputs))
    for answer, expected in zip(answers, serial, strict=True):
        np.testing.assert_allclose(answer, expected, rtol=1e-6, atol=1e-7)
    assert len({answer.tobytes() for answer in answers}) == 160, "inputs that answer alike"


def test_many_shapes_from_many_threads():
    run = runner(CLASSIFIER, "reference")
    shapes = [(1 + n % 3, 6 + n % 7, 8 + n % 5) for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda shape: run.predict(batch(*shape)), shapes))
    for shape, answer in zip(shapes, answers, strict=True):
        np.testing.assert_array_equal(answer, run.predict(batch(*shape)))


def resident():
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("name", ["openvino", "onnxruntime", "torch"])
def test_memory_does_not_grow_over_2000_answers(name):
    pytest.importorskip(name)
    run = runner(CLASSIFIER, name)
    given = batch(8, 48, 64)  # 295 kB an input: 2,000 of them leaked would be 590 MB
    for _ in range(200):
        run.predict(given)
    before = resident()
    for _ in range(2000):
        run.predict(given)
    assert resident() - before < 20 * 2**20


# ---- darknet.load and Net


def test_load_takes_paths_and_objects_and_closes(tmp_path):
    net = network(CLASSIFIER)
    weights = random_weights(net)
    (tmp_path / "a.cfg").write_text(CLASSIFIER)
    weights.save(tmp_path / "a.weights", net)
    with darknet.load(tmp_path / "a.cfg", str(tmp_path / "a.weights")) as loaded:
        from_paths = loaded.predict(batch())
        assert "5 layers" in repr(loaded)
        assert f"{net.parameters:,} parameters" in repr(loaded)
    from_objects = darknet.load(net.cfg, weights).predict(batch())
    np.testing.assert_array_equal(from_paths, from_objects)


def test_load_takes_the_fork_whose_arithmetic_counts():
    net = network(NET + CONV.format(4))
    weights = random_weights(net)
    weights.arrays[0]["rolling_variance"][:] = 1e-5  # the size of AlexeyAB's epsilon
    ours, theirs, guessed = (
        darknet.load(net.cfg, weights, fork=fork, engine="reference").predict(batch())
        for fork in ("pjreddie", "alexeyab", None)
    )
    assert np.abs(ours / theirs).mean() > 1.3  # about the root of 2
    np.testing.assert_array_equal(guessed, ours)


def test_load_logs_what_is_odd_but_stops_nothing(caplog, tmp_path):
    text = CLASSIFIER.replace("[avgpool]", "dontload=1\nfilterss=3\n[avgpool]")
    net = network(text)
    path = tmp_path / "net.weights"
    random_weights(net).save(path, net)
    darknet.load(net.cfg, path)
    assert "layer 2 has dontload=1: its weights are random" in caplog.text
    assert 'filterss: unknown option; did you mean "filters"?' in caplog.text


@pytest.mark.parametrize("options", [{"precision": "f8"}, {"threads": -1}])
def test_settings_out_of_bounds_are_refused(options):
    net = network(CLASSIFIER)
    with pytest.raises(EngineError, match=r"precision=f8|threads=-1"):
        darknet.load(net.cfg, random_weights(net), **options)


def test_an_unknown_fork_is_refused():
    net = network(CLASSIFIER)
    with pytest.raises(DarknetError):
        darknet.load(net.cfg, random_weights(net), fork="alexeyAB").predict(batch())
