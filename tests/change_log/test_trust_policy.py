"""Trust policies: which checkpoints they accept, and which texts are no policy."""

import itertools
import pathlib

import pytest

from api.change_log.checkpoint import CheckpointError, sign_checkpoint, signer_at, split_note
from api.change_log.merkle import leaf_hash
from api.change_log.trust_policy import PolicyError, parse_policy
from tests.support.witnesses import Cosigner

ORIGIN, ROOT = "counterclaim.example/v1/log", leaf_hash(b"root")
WITNESSES = {name: Cosigner(f"{name}.example/w") for name in ("x1", "x2", "x3", "y1", "y2")}
LINES = "".join(f"witness {name} {cosigner.vkey}\n" for name, cosigner in WITNESSES.items())
#: The example of the specification, with two of the second operator.
TWO_LEVELS = "group x 2 x1 x2 x3\ngroup y any y1 y2\ngroup both all x y\nquorum both\n"


@pytest.fixture(scope="module")
def note(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return the key of a log and a checkpoint."""
    signer = signer_at(str(tmp_path_factory.mktemp("policy") / "key"), ORIGIN)
    return signer.verifier, sign_checkpoint(signer, 42, ROOT)


def cosign(note: str, *names: str) -> str:
    text, _ = split_note(note)
    return note + "".join(WITNESSES[name].cosign(text) for name in names)


def test_a_quorum_of_groups(note: tuple[str, str]) -> None:
    """By hand: two of the x and one of the y."""
    key, checkpoint = note
    policy = parse_policy(f"log {key}\n{LINES}{TWO_LEVELS}".encode())
    for count in range(6):
        for names in itertools.combinations(WITNESSES, count):
            expected = sum(name < "y" for name in names) >= 2 and any(name > "y" for name in names)
            assert policy.is_cosigned(cosign(checkpoint, *names)) is expected, names
    assert policy.open_checkpoint(cosign(checkpoint, "x1", "x3", "y2")).size == 42
    with pytest.raises(CheckpointError, match="the quorum both of the policy did not cosign it"):
        policy.open_checkpoint(cosign(checkpoint, "x1", "y1"))


def test_a_checkpoint_of_another_log_is_refused(note: tuple[str, str], tmp_path: pathlib.Path) -> None:
    key, checkpoint = note
    stranger = signer_at(str(tmp_path / "key"), ORIGIN)
    policy = parse_policy(f"log {stranger.verifier}\nquorum none".encode())
    with pytest.raises(CheckpointError, match="not signed"):
        policy.open_checkpoint(checkpoint)
    both = parse_policy(f"log {stranger.verifier}\nlog {key} https://log.example\nquorum none".encode())
    assert both.open_checkpoint(checkpoint).size == 42
    nameless = parse_policy(b"quorum none")
    assert nameless.open_checkpoint(checkpoint, key).size == 42
    with pytest.raises(CheckpointError, match="names no log"):
        nameless.open_checkpoint(checkpoint)


def test_a_cosignature_counts_for_its_checkpoint_alone(note: tuple[str, str]) -> None:
    key, checkpoint = note
    policy = parse_policy(f"log {key}\n{LINES}quorum x1".encode())
    text, _ = split_note(checkpoint)
    line = WITNESSES["x1"].cosign(text)
    wrong = {
        "of another size": WITNESSES["x1"].cosign(text.replace("\n42\n", "\n43\n")),
        "of another time": line[:-20] + ("A" if line[-20] != "A" else "B") + line[-19:],
        "of another witness": WITNESSES["x2"].cosign(text),
        "without a time": WITNESSES["x1"].cosign(text, 0),
        "under its name by another": line.split(" ")[0] + " x1.example/w " + WITNESSES["x2"].cosign(text).split(" ")[2],
    }
    assert policy.is_cosigned(checkpoint + line)
    for name, other in wrong.items():
        assert not policy.is_cosigned(checkpoint + other), name


def test_comments_and_spaces_are_ignored(note: tuple[str, str]) -> None:
    key, checkpoint = note
    text = f"# mine\n\n \t \n  log\t{key}   https://log.example\n  # more\n{LINES} group  g\tall x1   y1 \nquorum g\n"
    assert parse_policy(text.encode()).is_cosigned(cosign(checkpoint, "x1", "y1"))


ONE = f"witness x1 {WITNESSES['x1'].vkey}\n"
REFUSED = {
    "": "no line `quorum`",
    "quorum none\nquorum none": "line 2: there is a quorum already",
    "quorum x1": "line 1: no line before it defines x1",
    f"{ONE}quorum x1 x1": "line 2: 'quorum x1 x1' is no line",
    f"quorum none\n{ONE}{ONE}": "line 3: this key of a witness was on a line before",
    f"{ONE}witness x1 {WITNESSES['x2'].vkey}\nquorum x1": "line 2: the name x1 is taken",
    f"witness none {WITNESSES['x2'].vkey}\nquorum none": "line 1: the name none is taken",
    f"{ONE}group g 2 x1\nquorum g": "line 2: 2 must be any, all, or a number from 1 to 1",
    f"{ONE}group g 0 x1\nquorum g": "line 2: 0 must be",
    f"{ONE}group g most x1\nquorum g": "line 2: most must be",
    f"{ONE}group g any\nquorum g": "line 2: 'group g any' is no line",
    f"{ONE}group g any g\nquorum g": "line 2: no line before it defines g",
    f"{ONE}group g any none\nquorum g": "line 2: no line before it defines none",
    f"{ONE}group g any x1\ngroup h any x1\nquorum h": "line 3: x1 is a member already",
    f"log {WITNESSES['x1'].vkey}\nquorum none": "line 1: .* is no Ed25519 verifier",
    "witness a b+c+d\nquorum a": "line 1: .* is no key of a witness",
    "quorum none\r\n": "line 1: it has a control character",
    "quorum\x0bnone": "line 1: it has a control character",
    "witnesses x\nquorum none": "line 1: 'witnesses x' is no line",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))  # the keys in them are random
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match=REFUSED[text]):
        parse_policy(text.encode())


def test_names_may_have_letters_of_any_script(note: tuple[str, str]) -> None:
    text = f"log {note[0]}\nwitness süd {WITNESSES['y1'].vkey}\nquorum süd".encode()
    assert parse_policy(text).is_cosigned(cosign(note[1], "y1"))
    assert parse_policy(text.replace("ü".encode(), b"\xff")).is_cosigned(cosign(note[1], "y1"))


def test_a_witness_may_sign_with_ml_dsa(note: tuple[str, str]) -> None:
    key, checkpoint = note
    cosigner = Cosigner("pq.example/w", 6)
    policy = parse_policy(f"log {key}\nwitness pq {cosigner.vkey}\nquorum pq".encode())
    text, _ = split_note(checkpoint)
    assert policy.is_cosigned(checkpoint + cosigner.cosign(text))
    assert not policy.is_cosigned(checkpoint + cosigner.cosign(text.replace("\n42\n", "\n43\n")))
    assert not policy.is_cosigned(checkpoint + Cosigner("pq.example/w", 6).cosign(text))
