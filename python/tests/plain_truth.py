"""Whether the statement of a small certificate is true, by its definition: every input, every pair, every vertex.

Slow, short, and not a line of the referee's: what the referee accepts after a mutation has to be true here too.
Statements for every length are tried at small lengths.
"""

import functools
import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, product

LARGE = 10**9


def holds(certificate):
    """Whether the statement is true; for a refutation, whether it is false."""
    claim, params = certificate["claim"], certificate["params"]
    ((kind, data),) = certificate["data"].items()
    truth = {
        "collision": collision,
        "normalised-states": normalised_states,
        "separation": separation,
        "lipschitz": lipschitz,
        "lipschitz-bound": lipschitz_bound,
        "welch": welch,
        "histogram-error": histogram_error,
        "mfe-bits": mfe_bits,
        "pigeonhole": pigeonhole,
        "inverse-width": inverse_width,
        "linear-program": linear_program,
        "linear-dependence": linear_dependence,
        "linear-readout": linear_readout,
        "repetition": repetition,
    }.get(kind)
    if truth:
        return truth(params, data)
    right = counts(params, data["model"])
    return not right if kind == "counterexample" else right


def rationals(value):
    """A matrix, a vector or a number of a certificate."""
    if isinstance(value, dict):
        value = value["rows"]
    return [rationals(item) for item in value] if isinstance(value, list) else Fraction(value)


def times(rows, vector):
    return [sum((a * b for a, b in zip(row, vector)), Fraction(0)) for row in rows]


def output(model, sequence):
    """The forward pass as the notation has it."""
    embedding, base = rationals(model["embedding"]), Fraction(model["base"])
    positions = model["positions"] and rationals(model["positions"])
    z = [list(embedding[token]) for token in sequence]
    if positions:
        z = [[a + b for a, b in zip(vector, position)] for vector, position in zip(z, positions)]
    r = list(z[-1])
    for head in model["heads"]:
        asked = times(rationals(head["query"]), z[-1])
        scores = [sum((a * b for a, b in zip(asked, times(rationals(head["key"]), vector))), Fraction(0)) for vector in z]
        differences = [score - scores[-1] for score in scores]
        assert all(difference.denominator == 1 for difference in differences)
        weights = [base ** difference.numerator for difference in differences]
        values = [times(rationals(head["value"]), vector) for vector in z]
        read = [sum(w * v for w, v in zip(weights, column)) / sum(weights) for column in zip(*values)]
        r = [a + b for a, b in zip(r, times(rationals(head["output"]), read))]
    hidden = r
    for layer in model["mlp"]["hidden"]:
        hidden = [max(a + b, 0) for a, b in zip(times(rationals(layer["weight"]), hidden), rationals(layer["bias"]))]
    last = model["mlp"]["output"]
    r = [a + b + c for a, b, c in zip(r, times(rationals(last["weight"]), hidden), rationals(last["bias"]))]
    return sum((a * b for a, b in zip(rationals(model["readout"]["weight"]), r)), Fraction(model["readout"]["bias"]))


def counts(params, model):
    lengths = (1, 2, 3, 4) if params["n"] == "any" else (params["n"],)
    for n in lengths:
        for sequence in product(range(params["m"]), repeat=n):
            y = output(model, sequence) * (n if params["n"] == "any" else 1)
            occurs = Counter(sequence)
            answer = occurs[sequence[-1]] if params["task"] == "query-count" else max(occurs.values())
            error = abs(y - answer)
            if error if params["criterion"] == "exact" else error >= Fraction(1, 2):
                return False
    return True


def repetition(params, data):
    """True of every model without positions."""
    models = data["models"]
    sizes = all(len(model["embedding"]["rows"]) == params["m"] and model["positions"] is None for model in models)
    return sizes and len(models) == params["models"] and params["times"] >= 2 and params["n"] >= 1


def inputs(n, m, query):
    """Count vectors of the inputs with a query."""
    for cuts in combinations(range(n - 1 + m - 1), m - 1):
        ends = (-1, *cuts, n - 1 + m - 1)
        rest = [b - a - 1 for a, b in zip(ends, ends[1:])]
        rest[query] += 1
        yield tuple(rest)


def passed_on(subject, query, c):
    """What attention passes on."""
    if "scores" in subject:
        base, gaps = Fraction(subject["scores"]["base"]), subject["scores"]["gaps"]
        row = gaps[query] if len(gaps) == len(c) > 1 else gaps[0]
        return (1 / sum(count / base**gap for count, gap in zip(c, row)),)
    if "embedding" in subject:
        return tuple(times(zip(*rationals(subject["embedding"])), c))
    model, result = subject["model"], []
    z, base = rationals(model["embedding"]), Fraction(model["base"])
    for head in model["heads"]:
        asked = times(rationals(head["query"]), z[query])
        scores = [sum((a * b for a, b in zip(asked, times(rationals(head["key"]), vector))), Fraction(0)) for vector in z]
        weights = [base ** (score - scores[query]).numerator * count for score, count in zip(scores, c)]
        result += times(zip(*(times(rationals(head["value"]), vector) for vector in z)), weights) + [sum(weights)]
    return tuple(result)


def collision(params, data):
    def collides(n):
        for query in range(params["m"]) if params["query"] is None else [params["query"]]:
            answers = {}
            for c in inputs(n, params["m"], query):
                answer = c[query] if params["task"] == "query-count" else max(c)
                if answers.setdefault(passed_on(data["subject"], query, c), answer) != answer:
                    return True
        return False

    free, at = params["free_up_to"], params["collides_at"]
    if data["pair"] and at is None:  # a refutation
        pair = data["pair"]
        one, other = (passed_on(data["subject"], pair["query"], pair[c]) for c in ("c", "c_prime"))
        lengths = {sum(pair["c"]), sum(pair["c_prime"]), free}
        return one == other and len(lengths) == 1 and (free > 10 or collides(free))
    none_before = not any(collides(n) for n in range(1, 6 if free == "any" else min(free, 9) + 1))
    return none_before and (at is None or at > 10 or collides(at))


def normalised_states(params, data):
    v, d, norm = rationals(data["embedding"]), params["d"], params["norm"]

    def normalised(query, c):
        """The signs and squares of the entries."""
        r = [own + mean / sum(c) for own, mean in zip(v[query], times(zip(*v), c))]
        if norm == "none":
            return tuple(r)
        r = [x - sum(r) / d for x in r] if norm == "layer" else r
        square = sum(x * x for x in r) / d + Fraction(params["eps"])
        return tuple((x > 0, x * x / square if square else square) for x in r)

    def classes(n):
        answers = {}
        for query in range(params["m"]):
            for c in inputs(n, params["m"], query):
                answer = c[query] if params["task"] == "query-count" else max(c)
                if answers.setdefault(normalised(query, c), answer) != answer:
                    return None
        return len(answers)

    n, pair = params["n"], data["pair"]
    if pair:
        sides = [(pair["query"], pair["c"]), (pair["query_prime"], pair["c_prime"])]
        one, other = (normalised(query, c) for query, c in sides)
        answers = {c[query] if params["task"] == "query-count" else max(c) for query, c in sides}
        lengths = {sum(c) for _, c in sides} | ({n} - {"any"})
        return one == other and len(lengths) == 1 and len(answers) == 2 and all(c[query] for query, c in sides)
    if data["classes"] is not None:
        return classes(n) == data["classes"]
    return all(classes(k) for k in range(1, 4 if n == "any" else min(n, 3) + 1))


def separation(params, data):
    n, m, least = params["n"], params["m"], None
    columns = list(zip(*rationals(data["embedding"])))
    for query in range(m):
        for c, other in combinations(inputs(n, m, query), 2):
            if c[query] != other[query] or max(c) != max(other):
                apart = max((abs(a - b) / n for a, b in zip(times(columns, c), times(columns, other))), default=Fraction(0))
                least = apart if least is None else min(least, apart)
    return least == Fraction(params["distance"])


def steepest(embedding, n, task, epsilon):
    """The largest quotient of any two inputs, or "inf"."""
    columns, most = list(zip(*embedding)), Fraction(0)
    for query in range(len(embedding)):
        for c, other in combinations(inputs(n, len(embedding), query), 2):
            answers = (c[query], other[query]) if task == "query-count" else (max(c), max(other))
            rise = abs(answers[0] - answers[1]) - 2 * epsilon
            if rise > 0:
                run = max(abs(a - b) / n for a, b in zip(times(columns, c), times(columns, other)))
                if not run:
                    return "inf"
                most = max(most, rise / run)
    return most


def over_all_embeddings(params):
    n, m, d, epsilon = params["n"], params["m"], params["d"], Fraction(params["epsilon"])

    def bound(apart, points, tokens):
        cells = max(g for g in range(points) if g**d < points)
        return max(apart - 2 * epsilon, 0) * n * cells / (2 * Fraction(params["radius"]) * tokens)

    copies = n - 1 if params["task"] == "query-count" else n // 2
    return max(bound(copies, m, copies), bound(1, math.comb(n + m - 2, m - 1), n - 1))


def lipschitz(params, data):
    embedding, bound = rationals(data["embedding"]), over_all_embeddings(params)
    most = steepest(embedding, params["n"], params["task"], Fraction(params["epsilon"]))
    stated = params["lipschitz"] if params["lipschitz"] == "inf" else Fraction(params["lipschitz"])
    within = all(abs(entry) <= Fraction(params["radius"]) for row in embedding for entry in row)
    not_above = most == "inf" or bound <= most
    return within and stated == most and bound == Fraction(params["bound_all_embeddings"]) and not_above


def lipschitz_bound(params, data):
    n, m, d, task, epsilon = (params[name] for name in ("n", "m", "d", "task", "epsilon"))
    radius, stated, epsilon = Fraction(params["radius"]), Fraction(params["attained_at_most"]), Fraction(epsilon)
    digits = [[Fraction(0)] * d for _ in range(m)]
    for j in range(1, m):
        digits[j][(j - 1) % d] = radius / (2 * n) ** ((j - 1) // d)
    most, exact = steepest(digits, n, task, epsilon), task == "query-count" or not epsilon
    any_attention = None
    if task != "query-count":
        heads, width = params["heads"], params["heads"] * params["head_dimension"]
        cells = max(g for g in range(m) if g**width < m)
        any_attention = max(n // 2 - 1 - 2 * epsilon, 0) * (2 if heads == 1 else 1) * cells / (2 * radius)
    bounds = params["bound_any_attention"] and Fraction(params["bound_any_attention"]), any_attention
    right = Fraction(params["bound_all_embeddings"]) == over_all_embeddings(params)
    return right and (most == stated if exact else most <= stated) and bounds[0] == bounds[1]


def welch(params, data):
    m, d, v = params["m"], params["d"], rationals(data["embedding"])
    inner = lambda a, b: sum((x * y for x, y in zip(a, b)), Fraction(0))
    squared = max(inner(a, b) ** 2 / (inner(a, a) * inner(b, b)) for a, b in combinations(v, 2))
    bound = Fraction(m - d, d * (m - 1)) if m > d else Fraction(0)
    fails = next((n for n in range(1, 10**4) if squared * (n - 1) ** 2 >= Fraction(1, 4)), None)
    stated = Fraction(params["mu_squared"]), Fraction(params["welch_squared"]), params["fails_from_n"]
    return (len(v), len(v[0])) == (m, d) and stated == (squared, bound, fails)


def histogram_error(params, data):
    """Gram matrices entry by entry; a Seidel matrix with irrational eigenvalues is taken from its square."""
    n, m, d, every = (params[name] for name in ("n", "m", "d", "every_embedding"))
    inner = lambda a, b: sum((x * y for x, y in zip(a, b)), Fraction(0))
    embedding = data["embedding"]
    if embedding is None:
        count, rank, upper = m, m, Fraction(0)
    elif "vectors" in embedding:
        rows = rationals(embedding["vectors"]["rows"])
        pairs = list(combinations(rows, 2))
        upper = max((inner(a, b) ** 2 / (inner(a, a) * inner(b, b)) for a, b in pairs), default=Fraction(0))
        count, rank = len(rows), rank_by_elimination(rows)
    else:
        s = [[{"0": 0, "+": 1, "-": -1}[c] for c in row] for row in embedding["seidel"]]
        count = len(s)
        square = [[inner(a, b) for b in s] for a in s]
        t = square[0][1] * s[0][1]
        if square != [[count - 1 if i == j else t * s[i][j] for j in range(count)] for i in range(count)] or s != list(map(list, zip(*s))):
            return False
        upper = 4 / Fraction(math.sqrt(t * t + 4 * (count - 1)) - t) ** 2
        upper = upper.limit_denominator(10**4)
        theta = math.isqrt(upper.denominator)
        gram = [[Fraction(i == j) + Fraction(s[i][j], theta) for j in range(count)] for i in range(count)]
        rank = rank_by_elimination(gram) if theta**2 == upper.denominator else count // 2
    fits = count >= m and rank <= d
    lower = Fraction(params["mu_squared_at_least"])
    many, cos = 2 * m > d * (d + 1), math.cos(math.pi / m)
    bound = {
        "coherence": lambda: not every and lower == upper and (count, rank <= d) == (m, True),
        "welch": lambda: every and lower == (Fraction(m - d, d * (m - 1)) if m > d else 0),
        "orthoplex": lambda: every and many and lower == Fraction(1, d),
        "levenshtein": lambda: every and many and lower == Fraction(3 * m - d * d - 2 * d, (d + 2) * (m - d)),
        "planar": lambda: every and d == 2 and m > 1 and 0 <= lower <= cos * cos + 1e-13,
    }[data["lower"]]()
    wrong = lambda squared, n: squared * (n - 1) ** 2 >= Fraction(1, 4)
    right = next((n for n in range(1, 10**4) if wrong(upper, n + 1)), None)
    fails = next((n for n in range(1, 10**4) if wrong(lower, n)), None)
    names = "mu_squared_at_most", "worst_error_squared_at_least", "worst_error_squared_at_most"
    squares = [upper, lower * (n - 1) ** 2, upper * (n - 1) ** 2]
    lengths = params["right_up_to"], params["fails_from"]
    return n >= 1 and fits and bound and [Fraction(params[name]) for name in names] == squares and lengths == (right, fails)


def rank_by_elimination(rows):
    rows, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank])]
        rank += 1
    return rank


def mfe_bits(params, data):
    k, m = params["k"], params["m"]
    classes = math.comb(k + m - 1, m - 1)
    elements, repeats, padding = data["elements"], data["repeats"], data["padding"]
    reduction = elements * repeats + padding == k and 3 * elements < m and (not elements or 2 * padding + 1 < 2 * repeats)
    right = int(params["classes"]) == classes and params["bits"] == math.ceil(math.log2(classes))
    return right and params["disjointness_bits"] == elements and reduction


def pigeonhole(params, data):
    states = (2 * params["n"] * params["bound"] + 1) ** params["d"]
    vectors = math.comb(params["n"] + params["m"] - 1, params["m"] - 1)
    return (int(params["states"]), int(params["vectors"]), params["collision"]) == (states, vectors, vectors > states)


def inverse_width(params, data):
    n, strict = params["n"], params["strict"]
    epsilon, leak = Fraction(params["epsilon"]), Fraction(params["leak"])
    low, allowed = 1 / (n + leak), epsilon - leak

    def cells_do(cells):
        """The interpolant of 1/x on the first cell [u, v] is worst at sqrt(u v): tried with squares."""
        a, b = 1 / low, 1 / (low + (1 - low) / cells)
        gap = a + b - allowed
        return gap < 0 or (gap**2 < 4 * a * b if strict else gap**2 <= 4 * a * b)

    never = allowed < 0 or allowed == 0 and (strict or low < 1)
    cells = None if never else next(cells for cells in range(1, 10**4) if cells_do(cells))
    triples, start = 0, 1  # the most triples with disjoint interiors, greedily
    while True:
        ends = [k for k in range(start + 1, n + 1) if any(is_triple(start, i, j, k, epsilon, leak, strict) for i, j in
                ((i, j) for i in range(start, k) for j in range(i, k + 1)))]
        if not ends:
            break
        triples, start = triples + 1, ends[0]
    slopes = [
        (k - j - 2 * epsilon) / (1 / (j + leak) - Fraction(1, k)) for j in range(1, n + 1) for k in range(j + 1, n + 1)
    ]
    forced = max([Fraction(0), *slopes])
    stated = params["w_grid"], params["w_min"], Fraction(params["p_min"])
    return stated == (cells, triples, forced) and params["unit_width"] in (
        None,
        math.floor(forced) + 1 if strict and slopes and forced == max(slopes) else math.ceil(forced),
    )


def is_triple(start, i, j, k, epsilon, leak, strict):
    if not start <= i < j + leak < k:
        return False
    above = i + k - i * k / (j + leak) - epsilon - (j + epsilon)
    return above >= 0 if strict else above > 0


def linear_program(params, data):
    """Vertices of the program inside a large box: exact for the few variables that tests have."""
    program = data["program"]
    sign = 1 if program["sense"] == "minimise" else -1
    variables, n = program["variables"], len(program["variables"])
    if (params["variables"], params["rows"]) != (n, len(program["rows"])):
        return False

    def best(box):
        sides = []  # a . x <= b
        for row in program["rows"]:
            a = [Fraction(0)] * n
            for j, coefficient in row["terms"]:
                a[j] = Fraction(coefficient)
            if row["relation"] != ">=":
                sides.append((a, Fraction(row["rhs"])))
            if row["relation"] != "<=":
                sides.append(([-x for x in a], -Fraction(row["rhs"])))
        for j, variable in enumerate(variables):
            unit = [Fraction(int(i == j)) for i in range(n)]
            sides.append((unit, Fraction(variable["upper"] if variable["upper"] is not None else box)))
            sides.append(([-x for x in unit], -Fraction(variable["lower"] if variable["lower"] is not None else -box)))
        values = []
        for chosen in combinations(sides, n):
            x = solve([a for a, _ in chosen], [b for _, b in chosen])
            if x is not None and all(sum(p * q for p, q in zip(a, x)) <= b for a, b in sides):
                values.append(sign * sum(Fraction(v["cost"]) * y for v, y in zip(variables, x)))
        return min(values, default=None)

    here, further = best(LARGE), best(2 * LARGE)
    if here is None:
        return params["status"] == "infeasible" and params["optimum"] is None
    if further < here:
        return params["status"] == "unbounded" and params["optimum"] is None
    return params["status"] == "optimal" and Fraction(params["optimum"]) == sign * here + Fraction(program["constant"])


def solve(rows, right):
    """The one solution of a square system, or None."""
    table = [[*row, b] for row, b in zip(rows, right)]
    for column in range(len(table)):
        pivot = next((i for i in range(column, len(table)) if table[i][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        table[column] = [x / table[column][column] for x in table[column]]
        for i, row in enumerate(table):
            if i != column:
                table[i] = [x - row[column] * y for x, y in zip(row, table[column])]
    return [row[-1] for row in table]


def linear_dependence(params, data):
    """On e_q + (n - 1) e_j an affine readout y has sum z_j y = 0, and the counts have (n - 1) z_q: too far apart."""
    z, v = rationals(data["z"]), rationals(data["embedding"])
    size = sum(map(abs, z))
    dependent = sum(z) == 0 and not any(times(zip(*v), z))
    return dependent and (params["n"] - 1) * z[data["query"]] * 2 >= size > 0


def linear_readout(params, data):
    v, weights, bias = rationals(data["embedding"]), rationals(data["weights"]), rationals(data["bias"])
    n, m = params["n"], params["m"]
    for query in range(m):
        for c in inputs(n, m, query):
            mean = [x / n for x in times(zip(*v), c)]
            f = lambda vector: sum((a * b for a, b in zip(weights[query], vector)), bias[query])
            if abs(1 - f(v[query]) + n * f(mean) - c[query]) >= Fraction(1, 2):
                return False
    return True
