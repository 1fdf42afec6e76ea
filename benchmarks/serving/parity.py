"""Every contender must give the estimator's own labels and probabilities."""

import click
import numpy as np

from benchmarks.serving.contenders import Contender, Scores
from benchmarks.serving.models import Model
from benchmarks.serving.servers import Server, post

CHECKED, TOLERANCE = 50, 1e-9


def check_first(server: Server, contender: Contender, model: Model) -> None:
    """Ask for one text.

    Raises:
        click.ClickException: The answer is not the estimator's.
        OSError, HTTPException: There is none yet.
    """
    api = contender.api
    with server.connection() as connection:
        answer = post(connection, api.one, api.ask_one(model.texts[0]))
    compare(contender.name, api.read(answer, model.labels), model)


def check_parity(server: Server, contender: Contender, model: Model) -> None:
    """Ask for 50 texts, one by one and as a batch.

    Raises:
        click.ClickException: An answer is not the estimator's.
    """
    api, texts = contender.api, model.texts[:CHECKED]
    with server.connection() as connection:
        ones = [post(connection, api.one, api.ask_one(text)) for text in texts]
        many = post(connection, api.many, api.ask_many(texts))
    read = [api.read(answer, model.labels) for answer in ones]
    single = [labels[0] for labels, _ in read], np.vstack([rows for _, rows in read])
    for found in (single, api.read(many, model.labels)):
        compare(contender.name, found, model)


def compare(name: str, found: Scores, model: Model) -> None:
    """Compare answers to the model's first texts with the estimator's.

    Raises:
        click.ClickException: They differ.
    """
    labels, probabilities = found
    expected = model.probabilities[: len(labels)]
    right = [model.labels[number] for number in expected.argmax(axis=1)]
    wrong = sum(a != b for a, b in zip(labels, right, strict=True))
    difference = float(np.abs(probabilities - expected).max())
    if wrong or not difference <= TOLERANCE:
        raise click.ClickException(
            f"{name}: {wrong} of {len(labels)} labels are not the estimator's, and probabilities "
            f"differ by {difference:.1e}; nothing is measured"
        )
