"""Stack definitions, their registration, and our component flavors."""
