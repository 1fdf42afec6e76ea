"""Where ledgers lie: entry n is version n of one ZenML artifact, which only one writer can create.

ZenML's database is the compare-and-swap on every stack; the entry itself is the artifact's file.
"""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from zenml import save_artifact
from zenml.artifact_stores import BaseArtifactStore
from zenml.artifacts.utils import instantiate_artifact_store
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.exceptions import EntityExistsError
from zenml.models import ArtifactVersionResponse
from zenml.utils.pagination_utils import depaginate

from core.governance.ledger import Entry
from core.governance.verify import Stored

_FILE = "data.json"  # where ZenML's materializer puts a dict
_READERS = 16  # an object store takes tens of milliseconds for each file
_PAGE = 1000

Stores = dict[UUID | None, BaseArtifactStore]


def artifact_name(model: str) -> str:
    """The artifact whose versions are a model's entries."""
    return f"ledger-{model}"


def recorded_models() -> list[str]:
    """Every model with a ledger, by name."""
    found = Client().list_artifacts(name=f"startswith:{artifact_name('')}", size=10_000)
    return sorted(item.name.removeprefix(artifact_name("")) for item in found.items)


def stored_entries(model: str) -> list[Stored]:
    """Every version of the ledger's artifact with what its file holds, unchecked."""
    versions = _versions(model)
    stores = _stores(versions)

    def read(version: ArtifactVersionResponse) -> Stored:
        store = stores[version.artifact_store_id]
        return Stored(str(version.version), _content(store, _path(version, _FILE)))

    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(read, versions))


def file_of(version: ArtifactVersionResponse, name: str) -> bytes | None:
    """A file of an artifact as its bytes; None when it is not there."""
    return _content(_stores([version])[version.artifact_store_id], _path(version, name))


def create(model: str, entry: Entry) -> bool:
    """Write an entry under its number; False when another writer has that number already."""
    store = Client().active_stack.artifact_store
    uri = f"{store.path}/{artifact_name(model)}/{entry.number}-{uuid4().hex}"
    try:
        save_artifact(
            entry.stored(),
            name=artifact_name(model),
            version=str(entry.number),
            uri=uri,
            extract_metadata=False,
            include_visualizations=False,
        )
    except EntityExistsError:
        # A request that was sent twice over a bad network loses against itself.
        if any(version.uri == uri for version in _versions(model)):
            return True
        store.rmtree(uri)
        return False
    return True


def put_back(model: str, entry: Entry) -> None:
    """Write an entry where it was; a damaged file stays beside it."""
    found = [version for version in _versions(model) if version.version == str(entry.number)]
    if not found:
        create(model, entry)
        return
    store, path = _stores(found)[found[0].artifact_store_id], _path(found[0], _FILE)
    if store.exists(path):
        store.rename(path, f"{path}.damaged-{uuid4().hex[:8]}")
    store.makedirs(found[0].uri)
    with store.open(path, "w") as file:
        file.write(entry.model_dump_json(exclude_none=True))


def _versions(model: str) -> list[ArtifactVersionResponse]:
    return depaginate(Client().list_artifact_versions, artifact=artifact_name(model), size=_PAGE)


def _stores(versions: list[ArtifactVersionResponse]) -> Stores:
    """The artifact stores by id; the active stack's may be another one by now."""
    active = Client().active_stack.artifact_store
    others = {version.artifact_store_id for version in versions} - {active.id}
    kind = StackComponentType.ARTIFACT_STORE
    return {active.id: active} | {
        key: instantiate_artifact_store(Client().get_stack_component(kind, key)) for key in others
    }


def _path(version: ArtifactVersionResponse, name: str) -> str:
    return f"{version.uri}/{name}"


def _content(store: BaseArtifactStore, path: str) -> bytes | None:
    try:
        with store.open(path, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None
