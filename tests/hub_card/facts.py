"""Facts that the tests of the card and of its file share."""

from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.config import Calibration
from captcha_model.evaluation.report import Confusion
from captcha_model.model_card import CalibrationFacts, EvaluationFacts, ModelFacts, TrainingFacts

TRAINING = TrainingFacts(
    date="2026-11-21",
    recipe="crnn",
    changed={"training.epochs": "12", "model.options": '{"lstm": 32}'},
    data="captcha_images_v2",
    validation_fraction=None,
    images=819,
    synthetic=400,
    validation_images=98,
    lengths=(5, 5),
    epochs=12,
    best_epoch=9,
    seconds=61.5,
    seed=3,
)
VALIDATION = EvaluationFacts(
    date="2026-11-21",
    data="captcha_images_v2",
    split="validation",
    images=98,
    correct=96,
    cer=0.004081632653061225,
    confusions=(Confusion("c", "e", 1), Confusion("n", "", 1)),
    command="captcha-model evaluate --data captcha_images_v2 --split validation --model MODEL",
)
TEST = EvaluationFacts(
    date="2026-11-22",
    data="captcha_images_v2",
    split="test",
    images=123,
    correct=123,
    cer=0.0,
    confusions=(),
    command="captcha-model evaluate --data captcha_images_v2 --split test --model MODEL",
)
CROSS = EvaluationFacts(
    date="2026-11-21",
    data="captcha_images_v2",
    split="cross-validation",
    images=917,
    correct=912,
    cer=0.0010905125408942203,
    confusions=(Confusion("e", "c", 2),),
    command="python benchmarks/crossval.py --synthetic 400",
)
CALIBRATED = CalibrationFacts(
    date="2026-11-21",
    data="captcha_images_v2",
    split="validation",
    images=1568,
    ece_before=0.0712,
    ece=0.0123,
    auroc=0.9761,
    accepted=1204,
    correct=1198,
    precision=0.95,
    trials=96.5,
)
NOVELTY = NoveltyDetector(13_104, (0.5,) * 12, ((0.25,) * 12,) * 12, limit=5.5)
CALIBRATION = Calibration(temperature=1.25, min_confidence=0.9499998, novelty=NOVELTY)
KNOWN = ModelFacts(
    license="apache-2.0",
    parameters=209_500,
    training=TRAINING,
    evaluations=(VALIDATION, CROSS),
    calibration=CALIBRATED,
)
