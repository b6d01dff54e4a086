from captcha_model.evaluation.report import EvaluationReport
from captcha_model.prediction import Prediction


def report(wrong: int) -> EvaluationReport:
    """Return a report of one right reading and some wrong ones, of rising confidence."""
    readings = [Prediction("ab", 0.9, (), 9, 9)]
    readings += [Prediction("aa", n / 1000, (), 9, 9) for n in range(wrong)]
    names = [f"{n}.png" for n in range(wrong + 1)]
    return EvaluationReport.from_readings(names, ["ab"] * (wrong + 1), readings)


def listed(text: str) -> list[str]:
    lines = text.splitlines()
    return lines[lines.index("wrong readings") + 1 :]


def test_all_wrong_readings_are_listed_unless_a_number_is_given():
    assert len(listed(report(40).to_text())) == 40
    assert len(listed(report(5).to_text(max_wrong=5))) == 5


def test_of_many_wrong_readings_the_least_and_the_most_confident_are_listed():
    lines = listed(report(40).to_text(max_wrong=5, where="in report.json"))
    assert [line.split(":")[0].strip() for line in lines if ":" in line] == [
        *("1.png", "2.png", "3.png"),
        *("39.png", "40.png"),
    ]
    assert lines[3] == "  ... 35 more, in report.json ..."
    assert listed(report(40).to_text(max_wrong=5))[3] == "  ... 35 more ..."
