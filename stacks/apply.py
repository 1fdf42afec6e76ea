"""Registers stacks with ZenML, idempotently: what exists and fits is left alone."""

from uuid import UUID

from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.exceptions import EntityExistsError
from zenml.models import ComponentResponse

from core.errors import StackError
from stacks.definition import FLAVORS, Component, StackDefinition, read_definition


def apply_stack(name: str) -> list[str]:
    """Register flavors, components and the stack of ``stacks/NAME.yaml``.

    Returns:
        What was changed, in words; empty when everything was there already.
    """
    definition, client = read_definition(name), Client()
    changes: list[str] = []
    components = {}
    for kind, wanted in definition.components.items():
        component_type = StackComponentType(kind)
        changes += _ensure_flavor(client, wanted.flavor, component_type)
        component, change = _ensure_component(client, wanted, component_type)
        components[component_type] = component.id
        changes += change
    return changes + _ensure_stack(client, definition, components)


def is_registered(definition: StackDefinition) -> bool:
    """Whether ZenML knows a stack of this name."""
    return bool(Client().list_stacks(name=definition.name, size=1).total)


def _ensure_flavor(client: Client, flavor: str, kind: StackComponentType) -> list[str]:
    if flavor not in FLAVORS:
        return []
    try:
        client.create_flavor(FLAVORS[flavor], component_type=kind)
    except EntityExistsError:
        return []
    return [f"registered flavor {flavor} ({kind.value})"]


def _ensure_component(
    client: Client, wanted: Component, kind: StackComponentType
) -> tuple[ComponentResponse, list[str]]:
    found = client.list_stack_components(name=wanted.name, type=kind, size=1, hydrate=True).items
    label = f"{kind.value} {wanted.name}"
    if not found:
        created = client.create_stack_component(
            name=wanted.name,
            flavor=wanted.flavor,
            component_type=kind,
            configuration=wanted.configuration,
        )
        return created, [f"created {label}"]
    component = found[0]
    if component.flavor_name != wanted.flavor:
        raise StackError(
            f"{label} exists with flavor {component.flavor_name}, not {wanted.flavor}; remove it: "
            f"zenml {kind.value.replace('_', '-')} delete {wanted.name}"
        )
    differing = {
        k: v for k, v in wanted.configuration.items() if component.configuration.get(k) != v
    }
    if not differing:
        return component, []
    return client.update_stack_component(component.id, kind, configuration=differing), [
        f"updated {label}"
    ]


def _ensure_stack(
    client: Client, wanted: StackDefinition, components: dict[StackComponentType, UUID]
) -> list[str]:
    found = client.list_stacks(name=wanted.name, size=1, hydrate=True).items
    if not found:
        client.create_stack(wanted.name, components)
        return [f"created stack {wanted.name}"]
    present = {kind: items[0].id for kind, items in found[0].components.items()}
    if present == components:
        return []
    client.update_stack(found[0].id, component_updates=components)
    return [f"updated stack {wanted.name}"]
