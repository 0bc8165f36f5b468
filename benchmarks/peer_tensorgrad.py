"""The claims of `benchmarks.checking` for tensorgrad 0.3.0, size-free at T steps; run by the Python of an environment that has it.

    PYTHON benchmarks/peer_tensorgrad.py weights|recursion T REPEAT

Prints one JSON object: the median seconds of at most REPEAT runs, or a note.
δ_t is the derivative by a shift e_t of z_t, which stays in both sides.
"""

import json
import statistics
import sys
import time

import sympy
import tensorgrad as tg
import tensorgrad.functions as F


def net(last):
    """The loss with the quantities of every step."""
    n, m, q = sympy.symbols("n m q")
    w, u, v = tg.Variable("W", i=n, j=n), tg.Variable("U", i=n, r=m), tg.Variable("V", k=q, i=n)
    shift = [None, *(tg.Variable(f"e{t}", i=n) for t in range(1, last + 1))]
    h, error, loss = [tg.Variable("h0", i=n)], [None], None
    for t in range(1, last + 1):
        x, y = tg.Variable(f"x{t}", r=m), tg.Variable(f"y{t}", k=q)
        h.append(F.tanh(w @ h[-1].rename(i="j") + u @ x + shift[t]))
        e = F.exp(v @ h[-1])
        p = e / F.sum(e)
        term = -(y @ F.log(p))
        loss = term if loss is None else loss + term
        error.append(F.sum(y) * p - y)
    return loss, w, v, shift, h, error


def difference(claim, last):
    """left − right."""
    loss, w, v, shift, h, error = net(last)

    def delta(t):
        return tg.Derivative(loss, shift[t], new_names={"i": "i"})

    if claim == "weights":
        right = None
        for t in range(1, last + 1):
            term = delta(t) @ h[t - 1].rename(i="j")
            right = term if right is None else right + term
        return [tg.Derivative(loss, w, new_names={"i": "i", "j": "j"}) - right]
    found = []
    for t in range(1, last):
        inner = w.rename(i="a", j="i") @ delta(t + 1).rename(i="a") + v @ error[t]
        found.append(delta(t) - inner * (1 - h[t] * h[t]))
    return found


def main():
    claim, last, repeat = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if claim == "recursion" and last == 1:
        print(json.dumps({"note": "no instance"}))
        return
    seconds = []
    for _ in range(repeat):
        started = time.perf_counter()
        left = [e.full_simplify() for e in difference(claim, last)]
        if not all(isinstance(e, tg.Zero) or (isinstance(e, tg.Sum) and not e.terms) for e in left):
            print(json.dumps({"note": "not shown"}))
            return
        seconds.append(time.perf_counter() - started)
        if sum(seconds) > 2:
            break
    print(json.dumps({"seconds": statistics.median(seconds)}))


main()
