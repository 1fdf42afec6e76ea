"""What monitoring has seen of a model, over all its versions."""

from uuid import UUID

from zenml.client import Client
from zenml.utils.pagination_utils import depaginate

from adapters.drift import drift_context, measurements
from core.governance.timeline import Batch


def monitored_batches(model: str) -> list[Batch]:
    """Every batch of a model, compared with the reference of one of its versions."""
    references = _references(model)
    batches = []
    for step in measurements(model):
        for reference in step.inputs.get("reference", []):
            if reference.id in references:
                seen = drift_context(step)
                batches.append(Batch(references[reference.id], seen.at, seen.severity, seen.run))
    return batches


def _references(model: str) -> dict[UUID, str]:
    """Version by the id of its reference."""
    try:
        versions = depaginate(Client().list_model_versions, model=model, size=1000, hydrate=True)
    except KeyError:
        return {}
    kept = ((version, version.get_artifact("reference")) for version in versions)
    return {artifact.id: str(version.number) for version, artifact in kept if artifact}
