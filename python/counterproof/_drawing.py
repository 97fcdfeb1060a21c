"""The figures of claims on Matplotlib axes; what is drawn is what the program's own figures show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(curves: dict[str, Any], ax: Optional[Axes]) -> Axes:
    """Draws curves with their axes and legend; values without bound, or below the axis,
    stand at its edge as an arrow."""
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(3.5, 2.1), layout="constrained")
    for name, (label, is_log) in (("x", curves["x"]), ("y", curves["y"])):
        getattr(ax, f"set_{name}label")(label)
        if is_log:
            getattr(ax, f"set_{name}scale")("log")
    named = False
    for label, points, (beyond, below) in curves["lines"]:
        x, y = [point[0] for point in points], [point[1] for point in points]
        (line,) = ax.plot(x, y, marker="o", markersize=3, linewidth=1, label=label or "_nolegend_")
        named = named or bool(label)
        for places, height, mark in ((beyond, 1, "^"), (below, 0, "v")):
            for at in places:
                ax.plot(at, height, marker=mark, color=line.get_color(), transform=ax.get_xaxis_transform(), clip_on=False)
    if named:
        ax.legend(fontsize="small")
    return ax
