"""Records: what was decided about each cell, with the certificate that proves it."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union, overload

from . import _native
from ._words import options

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


#: Names of columns.
Names = Union[None, str, Sequence[str]]


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
        return self.to_text()

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

    def to_text(self, *, columns: Names = None, sort: Names = None, transpose: bool = False) -> str:
        """As the command line prints them; ``columns`` in their order, ``sort`` by columns (``"-n"``: downwards)."""
        return self._shown("text", columns=columns, sort=sort, transpose=transpose)

    def to_json(self) -> str:
        """The document that ``--format json`` prints."""
        return self._shown("json")

    def to_csv(self, *, columns: Names = None, sort: Names = None, transpose: bool = False) -> str:
        return self._shown("csv", columns=columns, sort=sort, transpose=transpose)

    def to_markdown(
        self, *, columns: Names = None, sort: Names = None, transpose: bool = False, marks: bool = False
    ) -> str:
        return self._shown("markdown", columns=columns, sort=sort, transpose=transpose, marks=marks)

    def to_latex(
        self,
        columns: Names = None,
        caption: Optional[str] = None,
        label: Optional[str] = None,
        *,
        sort: Names = None,
        width: Optional[str] = None,
        transpose: bool = False,
        marks: bool = False,
        longtable: bool = False,
    ) -> str:
        """A table for LaTeX (``docs/tables.md``); with a caption or a label it floats, and columns that say the same in every row
        move to the caption. ``width`` (``"column"``, ``"page"``, ``"85mm"``) is what it fits, or is refused with the columns to leave out."""
        given = {"columns": columns, "sort": sort, "caption": caption, "label": label, "width": width}
        return self._shown("latex", **given, transpose=transpose, marks=marks, longtable=longtable)

    def _shown(self, format: str, **given: Any) -> str:
        return self._answer.render(options({"format": format, **given}))

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each record; rationals stay exact, as objects."""
        import pandas

        columns, rows, _ = self._answer.table()
        frame: pandas.DataFrame = pandas.DataFrame(rows, columns=columns)
        return frame

    def plot(self, ax: Optional[Axes] = None) -> Axes:
        """Draws the figure of the claim on Matplotlib axes."""
        from ._drawing import draw

        return draw(self._answer.curves(), ax)

    def figure(self, ending: str = "svg", width: Optional[str] = None) -> bytes:
        """The figure that ``--plot FILE`` writes: ``svg``, ``png``, ``pdf``, or ``dat`` for pgfplots."""
        return self._answer.image(ending, width)

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
        columns, rows, numeric = self._answer.table()
        # no page has room for digests of files
        wanted = [at for at, name in enumerate(columns) if name not in ("sha256", "mapping_sha256")]
        colours = {"verified": "#1a7f37", "refuted": "#b35900", "undecided": "#6e7781", "estimated": "#0550ae"}

        def cell(column: int, value: Any) -> str:
            side = "right" if numeric[column] else "left"
            colour = colours.get(value, "") if columns[column] == "verdict" else ""
            style = f"text-align:{side}" + (f";color:{colour};font-weight:bold" if colour else "")
            return f'<td style="{style}">{html.escape(shown(value))}</td>'

        head = "".join(f"<th>{html.escape(name)}</th>" for name in [*(columns[at] for at in wanted), "certificate"])
        body = "".join(
            "<tr>"
            + "".join(cell(column, row[column]) for column in wanted)
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
