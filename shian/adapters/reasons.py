"""The words about a ranking: why a profile was not chosen, and why nothing can be told."""

from collections.abc import Sequence

from process.language import t
from shian.adapters.scoring import Score

WEAK = 0.25
_ALIKE = 0.02
_RIVAL = 0.1


def is_alike(score: Score, best: Score) -> bool:
    """Return True when two profiles of a family find the same in a capture, so that it does not tell them apart. That
    one of them is stricter than the other says nothing of the device."""
    ours, others = score.tally, best.tally
    return abs(ours.covered - others.covered) <= _ALIKE and (
        (ours.frames, ours.foreign, ours.known, ours.values, score.is_checked)
        == (others.frames, others.foreign, others.known, others.values, best.is_checked)
    )


def reason_against(score: Score, best: Score | None) -> str:
    """Say in a few words why this one was not chosen. `best`: None where nothing can be told."""
    if not score.tally.frames:
        return _nothing_found(score)
    same_family = best is not None and score.candidate.family.name == best.candidate.family.name
    if (
        best is not None
        and same_family
        and (score.tally.frames, score.tally.refused)
        == (
            best.tally.frames,
            best.tally.refused,
        )
    ):
        return _same_frames(score, best)
    return _weaker(score)


def doubt_of(ranking: Sequence[Score], size: int) -> str:
    """Say why the family cannot be told; return an empty text if it can."""
    best = ranking[0] if ranking else None
    if best is None or not best.tally.frames:
        return t(f"no profile finds a frame in {size} bytes", f"{size} 字节中没有任何型号配置能找到帧")
    if not best.is_checked and best.evidence < WEAK:
        return t(
            "what was found would be found in many other bytes too: no check held, and there is little structure",
            "所找到的内容在许多其他字节中也会出现：没有成立的校验，结构特征也很弱",
        )
    rival = next((score for score in ranking if score.candidate.family.name != best.candidate.family.name), None)
    if rival is None or rival.is_checked != best.is_checked or best.evidence - rival.evidence >= _RIVAL:
        return ""
    return t(
        f"{best.candidate.name} and {rival.candidate.name} read it about equally well",
        f"{best.candidate.name} 与 {rival.candidate.name} 的解读程度相近",
    )


def _nothing_found(score: Score) -> str:
    tally = score.tally
    if tally.refused:
        return t(
            f"0 frames; {tally.refused} rejected: {_names(score)}", f"0 帧；拒收 {tally.refused} 帧：{_names(score)}"
        )
    return t(f"0 frames: no beginning of one in {tally.size} bytes", f"0 帧：{tally.size} 字节中找不到帧的开头")


def _same_frames(score: Score, best: Score) -> str:
    if is_alike(score, best):
        return t("reads the same", "解读结果相同")
    tally = score.tally
    if tally.foreign > best.tally.foreign:
        return t(
            "same frames, but the device is, or writes as, another model", "帧相同，但设备自报或数据格式属于另一型号"
        )
    return t(
        f"same frames, but finds the item of {tally.known} of {tally.readings} readings, a number in {tally.values}",
        f"帧相同，但 {tally.readings} 条读数中只认得 {tally.known} 条的项目，{tally.values} 条有数值",
    )


def _weaker(score: Score) -> str:
    tally = score.tally
    if score.shuffled >= tally.covered - WEAK:
        percent = round(100 * score.shuffled)
        return t(
            f"takes any bytes: {percent} % of them in shuffled order too",
            f"来者不拒：字节打乱后仍接受 {percent} %",
        )
    if tally.refused:
        return t(
            f"{tally.frames} frames, but {tally.refused} rejected: {_names(score)}",
            f"{tally.frames} 帧，但拒收 {tally.refused} 帧：{_names(score)}",
        )
    covered, passed = round(100 * tally.covered), score.altered - score.refused
    if not score.is_checked and passed:
        return t(
            f"covers {covered} %, but {passed} of {score.altered} altered frames pass: no check",
            f"覆盖 {covered} %，但 {score.altered} 个改动过的帧中有 {passed} 个仍被接受：没有校验",
        )
    return t(f"covers only {covered} % of the bytes", f"只覆盖 {covered} % 的字节")


def _names(score: Score) -> str:
    return ", ".join(f"{name} {count}" for name, count in score.tally.rejected.most_common(3))
