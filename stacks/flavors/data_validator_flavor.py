"""The flavor of our data validator; light, since ZenML imports it to list flavors."""

from zenml.data_validators import BaseDataValidatorFlavor
from zenml.data_validators.base_data_validator import BaseDataValidator, BaseDataValidatorConfig


class GatehouseDataValidatorConfig(BaseDataValidatorConfig):
    """The component has no settings: what to check is the job config's business."""


class GatehouseDataValidatorFlavor(BaseDataValidatorFlavor):
    """Great Expectations for validation and Evidently for drift, in one component."""

    @property
    def name(self) -> str:
        return "gatehouse"

    @property
    def config_class(self) -> type[GatehouseDataValidatorConfig]:
        return GatehouseDataValidatorConfig

    @property
    def implementation_class(self) -> type[BaseDataValidator]:
        from stacks.flavors.data_validator import GatehouseDataValidator

        return GatehouseDataValidator
