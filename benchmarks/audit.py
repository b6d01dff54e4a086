"""Audits the labels of captcha_images_v2 with the models of `folds.py`.

    python benchmarks/audit.py --folds runs/folds

It shows at which rank the labels are that are known to be wrong.
"""

import argparse

from common import write_result
from folds import add_options, each, load_folds

from captcha_model.evaluation.label_audit import ranked, to_text

KNOWN = ("wgnwp.png", "mxnw4.png", "cdcb3.png", "ep85x.png")
SHOWN = 20


def main() -> None:
    """Audit, print the top of the list and write `results/audit.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    options = parser.parse_args()
    models = load_folds(options.folds, options.data)
    from captcha_model.training.suspicions import suspicions_of

    suspicions = ranked(s for model, images in each(models) for s in suspicions_of(model, images))
    rank_of = {s.name: rank for rank, s in enumerate(suspicions, start=1)}
    known = {name: rank_of[name] for name in KNOWN}
    print(f"{to_text(suspicions, SHOWN)}\nranks of the labels known to be wrong: {known}")
    results = {
        "images": len(suspicions),
        "contradicted": sum(s.contradicted for s in suspicions),
        "first": [
            {"label": s.label, "reading": s.reading.text, "disagreement": round(s.disagreement, 3)}
            for s in suspicions[:SHOWN]
        ],
        "ranks": known,
    }
    command = "python benchmarks/audit.py --folds runs/folds"
    print(f"wrote {write_result('audit', command, results)}")


if __name__ == "__main__":
    main()
