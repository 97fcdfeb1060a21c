"""Records: what was decided about each cell, with the certificate that proves it."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union, overload

from . import _native

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Record:
    """One cell. Numbers are exact: ``int`` or ``Fraction``; a ``Decimal`` was measured, or is named as rounded."""

    claim: str
    params: dict[str, Any]
    #: ``"verified"``, ``"refuted"``, ``"undecided"``, or ``"estimated"`` from a sample
    verdict: str
    values: dict[str, Any]
    #: the name of its certificate
    certificate: Optional[str]
    #: the failing input in words, or the limit that was hit
    reason: Optional[str]
    #: the text of its certificate, which was checked
    certificate_text: Optional[str]

    def save(self, folder: Union[str, os.PathLike[str]]) -> Optional[Path]:
        """Writes the certificate to a folder, as ``--certificates`` does; where it stands, if there is one."""
        if self.certificate is None or self.certificate_text is None:
            return None
        return Path(_native.save(folder, self.certificate, self.certificate_text))

    def __repr__(self) -> str:
        cell = ", ".join(f"{name}={value}" for name, value in self.params.items())
        values = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"<Record {self.claim} {cell}: {self.verdict}; {values}>"


class Records(Sequence[Record]):
    """A sequence of records, and what is made of them for papers and notebooks."""

    def __init__(self, answer: _native.Answer, inputs: Optional[Mapping[str, bytes]] = None) -> None:
        self._answer = answer
        self._inputs = dict(inputs or {})
        self._records = [self._read(index) for index in range(len(answer))]

    def _read(self, index: int) -> Record:
        fields = self._answer.record(index)
        name = fields["certificate"]
        try:
            text = None if name is None else self._answer.certificate(name)
        except KeyError:
            # written by the command itself
            text = None
        return Record(certificate_text=text, **fields)

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> Records: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Record, Records]:
        if isinstance(index, slice):
            return self._select(range(len(self))[index])
        return self._records[index]

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __add__(self, other: Records) -> Records:
        return Records(self._answer.joined(other._answer), {**self._inputs, **other._inputs})

    def __repr__(self) -> str:
        return self._answer.render("text")

    def _select(self, indices: Sequence[int]) -> Records:
        return Records(self._answer.select(list(indices)), self._inputs)

    def where(self, **wanted: Any) -> Records:
        """The records with this verdict, claim, or value of a parameter: ``records.where(verdict="refuted", m=3)``."""

        def has(record: Record) -> bool:
            fields = {"claim": record.claim, "verdict": record.verdict, **record.values, **record.params}
            return all(name in fields and fields[name] == value for name, value in wanted.items())

        return self._select([index for index, record in enumerate(self._records) if has(record)])

    @property
    def command(self) -> str:
        """The command with the same output."""
        return self._answer.command

    @property
    def status(self) -> int:
        """The exit status of that command: 0 verified or estimated, 1 refuted, 3 undecided."""
        return self._answer.status

    def to_text(self) -> str:
        """As the command line prints them."""
        return self._answer.render("text")

    def to_json(self) -> str:
        """The document that ``--format json`` prints."""
        return self._answer.render("json")

    def to_csv(self) -> str:
        return self._answer.render("csv")

    def to_markdown(self) -> str:
        return self._answer.render("markdown")

    def to_latex(
        self,
        columns: Optional[Sequence[str]] = None,
        caption: Optional[str] = None,
        label: Optional[str] = None,
    ) -> str:
        """A table for LaTeX; with a caption or a label it floats."""
        table = self._answer.latex(None if columns is None else list(columns))
        if caption is None and label is None:
            return table
        lines = [r"\begin{table}", r"\centering"]
        if caption is not None:
            lines.append(rf"\caption{{{caption}}}")
        if label is not None:
            lines.append(rf"\label{{{label}}}")
        return "\n".join([*lines, table + r"\end{table}", ""])

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each record; rationals stay exact, as objects."""
        import pandas

        columns, rows, _ = self._answer.table(False)
        frame: pandas.DataFrame = pandas.DataFrame(rows, columns=columns)
        return frame

    def plot(self, ax: Optional[Axes] = None) -> Axes:
        """Draws the figure of the claim on Matplotlib axes."""
        from ._drawing import draw

        return draw(self._answer.curves(), ax)

    def figure(self, ending: str = "svg") -> bytes:
        """The figure that ``--plot FILE`` writes: ``svg``, ``png`` or ``pdf``."""
        return self._answer.image(ending)

    def save(self, folder: Union[str, os.PathLike[str]]) -> list[Path]:
        """Writes the certificates, and the arrays and models that the command names as files, to a folder."""
        paths = [path for record in self._records if (path := record.save(folder)) is not None]
        if self._inputs:
            Path(folder).mkdir(parents=True, exist_ok=True)
        for name, content in self._inputs.items():
            path = Path(folder) / name
            if path.exists() and path.read_bytes() != content:
                raise _native.Refused(f"{path}: another file has this name; save to another folder")
            path.write_bytes(content)
            paths.append(path)
        return paths

    def _repr_html_(self) -> str:
        columns, rows, numeric = self._answer.table(True)
        colours = {"verified": "#1a7f37", "refuted": "#b35900", "undecided": "#6e7781", "estimated": "#0550ae"}

        def cell(column: int, value: Any) -> str:
            side = "right" if numeric[column] else "left"
            colour = colours.get(value, "") if columns[column] == "verdict" else ""
            style = f"text-align:{side}" + (f";color:{colour};font-weight:bold" if colour else "")
            return f'<td style="{style}">{html.escape(shown(value))}</td>'

        head = "".join(f"<th>{html.escape(name)}</th>" for name in [*columns, "certificate"])
        body = "".join(
            "<tr>"
            + "".join(cell(column, value) for column, value in enumerate(row))
            + f"<td><code>{html.escape(record.certificate or '-')}</code></td></tr>"
            for row, record in zip(rows, self._records)
        )
        commands = "".join(f"<pre>{html.escape(line)}</pre>" for line in self.command.splitlines())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{commands}"


def shown(value: Any) -> str:
    """A value as tables have it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        joint = "; " if any(isinstance(entry, list) for entry in value) else " "
        return joint.join(shown(entry) for entry in value)
    return str(value)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C ended the work; what was decided before is in ``records``."""

    def __init__(self, records: Records) -> None:
        super().__init__("interrupted")
        self.records = records
