"""Random alterations of certificates, digests mended. Standard library only."""

import copy
import hashlib
import json

import referee


def mended(certificate):
    """The text of a certificate with the digest that it ought to have."""
    rest = {name: value for name, value in certificate.items() if name != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return json.dumps({**rest, "sha256": hashlib.sha256(text.encode()).hexdigest()})


def nodes(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from nodes(item, (*path, key))


def mutate(certificate, others, chance):
    certificate = copy.deepcopy(certificate)
    path = chance.choice([path for path in nodes(certificate) if path and path[0] in ("params", "data", "claim")])
    holder = certificate
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    if chance.random() < 0.1:
        new = chance.choice([None, True, "", "0", 0, [], {}, [[]], "any", "1/2", -1, 0.5, 10**30])
    elif chance.random() < 0.15:
        other = chance.choice(others)
        where = chance.choice(list(nodes(other)))
        for key in where:
            other = other[key]
        new = copy.deepcopy(other)
    elif isinstance(old, bool):
        new = not old
    elif isinstance(old, int):
        new = max(0, old + chance.choice([-2, -1, 1, 1, 2, 3]))
    elif isinstance(old, str):
        try:
            change = referee.Fraction(chance.choice([-2, -1, 1, 2, 3]), chance.choice([1, 1, 2, 3]))
            new = str(referee.Fraction(old) + change if chance.random() < 0.6 else referee.Fraction(old) * change)
        except ValueError:
            words = "exact solves query-count most-frequent-element <= >= = minimise maximise two not-claimed split"
            new = chance.choice([*words.split(), *referee.STATEMENTS, *referee.KINDS])
    elif isinstance(old, list) and old:
        i, j = chance.randrange(len(old)), chance.randrange(len(old))
        new = chance.choice([old[:i] + old[i + 1 :], old + [old[i]], old[::-1], [old[i]] * len(old), old[:i], old[i:] + old[:i]])
        if chance.random() < 0.3:
            new = list(old)
            new[i], new[j] = old[j], old[i]
    elif isinstance(old, dict) and len(old) > 1:
        i, j = chance.sample(list(old), 2)
        new = {**old, i: old[j], j: old[i]}
    else:
        new = chance.choice([0, 1, "0", [], None])
    holder[path[-1]] = new
    return certificate, path


def at(value, path):
    for key in path:
        value = value[key]
    return value


def many(certificate, others, chance):
    """One to three alterations, most of which keep the type of what they alter, so that a rule is reached."""
    mutant = certificate
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        for _ in range(4):
            altered, path = mutate(mutant, others, chance)
            old, new = at(mutant, path), at(altered, path)
            if type(old) is type(new) and type(old) is not dict:
                break
        mutant = altered
    return mutant
