"""All results of a validation step as one page: a summary, and Great Expectations' own pages."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from expectations.result import SuiteResult, Violation


def render_page(results: Sequence[SuiteResult], further: Sequence[Violation] = ()) -> str:
    """Render the results; ``further`` are violations that concern several tables at once."""
    environment = Environment(
        loader=PackageLoader("expectations", ""), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html.j2").render(results=results, further=further)
