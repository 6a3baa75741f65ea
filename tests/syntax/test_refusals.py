"""What cannot be traced is refused in the person's own line, with what to write instead: the texts, whole."""

import dataclasses
import math
import re

import numpy as np
import pytest

import chainrule as cr

BIG = np.linspace(0.0, 1.0, 200)


def choice(x):
    s = x.sum()
    if s > 0:
        return s
    return -s


def conditional(x):
    return np.sum(x if x.any() else -x)


def conjunction(x):
    s = x.sum()
    if s > 0 and s < 1:
        return s
    return 2 * s


def until(x):
    while np.sum(x) > 1:
        x = x / 2
    return x.sum()


def asserted(x):
    assert np.all(x > 0)
    return x.sum()


def larger(x, y):
    return max(x, y) ** 2


def counted(x):
    total = 0
    for i in range(len(x)):
        total += x[i]
    return total


def by_rows(x):
    return sum(row**2 for row in x)


def by_size(x):
    if x.shape[0] > 3:
        return x.sum()
    return x @ x


def as_float(x):
    return float(x) ** 2


def size_as_float(x):
    return x.sum() / float(x.shape[0])


def with_math(x):
    return math.exp(x)


def rounded(x):
    return np.sum(x.astype(int))


def random_numbers(x):
    return np.sum(x * np.random.randn(x.shape[0]))


def written(x):
    y = x.copy()
    y[0] = 1
    return y.sum()


def written_into_zeros(x):
    y = np.zeros(3)
    y[0] = x[0]
    return y.sum()


def changed(x):
    x -= x.mean()
    return x @ x


def changed_part(x):
    h = np.exp(x)
    h[1:] += 1
    return h.sum()


def grown(x, y):
    h = np.exp(y)
    h += x
    return h.sum()


def by_mask(x):
    return x[x > 0].sum()


def by_labels(x, y):
    return x[np.arange(x.shape[0]), y].sum()


def undefined(x):
    return np.sum(np.where(x > 0, x, np.nan))


def decomposed(x):
    U, s, Vt = np.linalg.svd(x)
    return s.sum()


def sorted_entries(x):
    return np.sort(x)[0]


def unknown_argument(x):
    return np.sum(x, where=x > 0)


def by_entry(x):
    return np.vectorize(lambda v: v * v)(x).sum()


def unfit(x, w):
    z = x @ w
    return z.sum()


def unfit_sum(x, w):
    return (x + w).sum()


def outside(x):
    return BIG @ x


def misspelt(x):
    return np.summ(x)


def misspelt_method(x):
    return x.summ()


def with_text(x):
    return x + "a"


def raising(x):
    raise ValueError("no such mode")


def endless(x):
    return endless(x) + 1


def long_loop(x):
    for _ in range(10**7):
        x = x + 1
    return x.sum()


def nothing(x):
    x.sum()


def two(x):
    return x.sum(), x.mean()


def none_of_two(x):
    return ()


def in_a_dict(x):
    return {"loss": x.sum()}


@dataclasses.dataclass
class Output:
    loss: object


def in_an_object(x):
    return Output(x.sum())


def generated(x):
    yield x.sum()


def constant(x):
    return 3.0


def starred(*arrays):
    return arrays[0].sum()


def two_arguments(x, y):
    return x @ y


REFUSED = [
    (
        choice,
        dict(x="n"),
        """\
TraceError: `s > 0` is no value that a choice can be made by
  given:    line # of choice: if s > 0:
                                 ^^^^^
  expected: code that does the same for all values: while a function is traced its arrays have shapes, and no values
  fix:      np.where(s > 0, a, b) takes a where it holds, and b elsewhere""",
    ),
    (
        conditional,
        dict(x="n"),
        """\
TraceError: `x` is no value that a choice can be made by
  given:    line # of conditional: return np.sum(x if x.any() else -x)
                                                      ^^^^^^^
  expected: code that does the same for all values: while a function is traced its arrays have shapes, and no values
  fix:      np.where(x > 0, a, b) takes a where it holds, and b elsewhere""",
    ),
    (
        conjunction,
        dict(x="n"),
        """\
TraceError: `s > 0` is no value that a choice can be made by
  given:    line # of conjunction: if s > 0 and s < 1:
                                      ^^^^^
  expected: code that does the same for all values: while a function is traced its arrays have shapes, and no values
  fix:      np.where with & for `and`, | for `or`, ~ for `not`: np.where((s > 0) & …, a, b)""",
    ),
    (
        until,
        dict(x="n"),
        """\
TraceError: `np.sum(x) > 1` is no value that a choice can be made by
  given:    line # of until: while np.sum(x) > 1:
                                   ^^^^^^^^^^^^^
  expected: code that does the same for all values: while a function is traced its arrays have shapes, and no values
  fix:      for _ in range(10): a number of rounds that is known""",
    ),
    (
        asserted,
        dict(x="n"),
        """\
TraceError: `x > 0` is no value that a choice can be made by
  given:    line # of asserted: assert np.all(x > 0)
                                       ^^^^^^^^^^^^^
  expected: code that does the same for all values: while a function is traced its arrays have shapes, and no values
  fix:      leave the assertion out, or assert shapes only""",
    ),
    (
        larger,
        dict(x="scalar", y="scalar"),
        """\
TraceError: `y > x` is no value that a choice can be made by
  given:    line # of larger: return max(x, y) ** 2
                                     ^^^^^^^^^
  expected: code that does the same for all values: while a function is traced its arrays have shapes, and no values
  fix:      np.maximum(x, y)""",
    ),
    (
        counted,
        dict(x="n"),
        """\
TraceError: the size `n` is known by its name only
  given:    line # of counted: for i in range(len(x)):
                                        ^^^^^^^^^^^^^
  expected: a number where Python counts or decides
  fix:      X @ w, np.sum(x, axis=0) and the like in place of the loop; or declare a number, such as 4 in place of n""",
    ),
    (
        by_rows,
        dict(x="n"),
        """\
TraceError: `x` has n rows, which cannot be counted: n is a name
  given:    line # of by_rows: return sum(row**2 for row in x)
                                         ^^^^^^^^^^^^^^^^^^^^^
  expected: a number of rows, or no loop over them
  fix:      x.shape[0] is the length; whole arrays do what a loop over rows does, or declare a number for n""",
    ),
    (
        by_size,
        dict(x="n"),
        """\
TraceError: the size `n` is known by its name only
  given:    line # of by_size: if x.shape[0] > 3:
                                  ^^^^^^^^^^^^^^
  expected: a number where Python counts or decides
  fix:      declare it as a number, such as 4 in place of n""",
    ),
    (
        as_float,
        dict(x="scalar"),
        """\
TraceError: `x` has no value yet that Python could take
  given:    line # of as_float: return float(x) ** 2
                                       ^^^^^^^^
  expected: while a function is traced its arrays have shapes, and no values
  fix:      leave float( ) out: x""",
    ),
    (
        size_as_float,
        dict(x="n"),
        """\
TraceError: the size `n` is known by its name only
  given:    line # of size_as_float: return x.sum() / float(x.shape[0])
                                                      ^^^^^^^^^^^^^^^^^
  expected: a number where Python counts or decides
  fix:      leave float( ) out: n divides and multiplies as it is""",
    ),
    (
        with_math,
        dict(x="n"),
        """\
TraceError: `x` has no value yet that Python could take
  given:    line # of with_math: return math.exp(x)
                                        ^^^^^^^^^^^
  expected: while a function is traced its arrays have shapes, and no values
  fix:      np.exp(x)""",
    ),
    (
        rounded,
        dict(x="n"),
        """\
TraceError: `x` cannot be rounded to int64
  given:    line # of rounded: return np.sum(x.astype(int))
                                             ^^^^^^^^^^^^^
  expected: real numbers, which have derivatives
  fix:      leave .astype out, or pass whole numbers as an argument that is declared so: y='n labels01'""",
    ),
    (
        random_numbers,
        dict(x="n"),
        """\
TraceError: the size `n` is known by its name only
  given:    line # of random_numbers: return np.sum(x * np.random.randn(x.shape[0]))
                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: a number where Python counts or decides
  fix:      draw the random numbers outside, and pass them as an argument""",
    ),
    (
        written,
        dict(x="n"),
        """\
TraceError: entries of `y` cannot be written
  given:    line # of written: y[0] = 1
                               ^^^^
  expected: arrays that are made whole
  fix:      np.where(mask, a, b) changes entries; rows in a list and np.stack(rows), or np.concatenate([a, b]), put parts together""",
    ),
    (
        written_into_zeros,
        dict(x="n"),
        """\
TraceError: entries of an array of numbers cannot be written
  given:    line # of written_into_zeros: y[0] = x[0]
                                          ^^^^
  expected: arrays that are made whole
  fix:      np.where(mask, a, b) changes entries; rows in a list and np.stack(rows), or np.concatenate([a, b]), put parts together""",
    ),
    (
        changed,
        dict(x="n"),
        """\
TraceError: the function changes its argument `x` in place
  given:    line # of changed: x -= x.mean()
  expected: arguments that stay as they are
  fix:      x = x - … makes a new array""",
    ),
    (
        changed_part,
        dict(x="n"),
        """\
TraceError: the function changes `h[1:]` in place, which is a part of another array
  given:    line # of changed_part: h[1:] += 1
  expected: arrays that are changed as a whole
  fix:      np.where(mask, a, b) changes entries; np.concatenate([a, b]) puts parts together""",
    ),
    (
        grown,
        dict(x="n d", y="d"),
        """\
ShapeError: an array cannot grow in place
  given:    <h: d> becomes <h + x: n × d>
            line # of grown: h += x
  expected: a result of the same shape
  fix:      x = x + y makes a new array""",
    ),
    (
        by_mask,
        dict(x="n"),
        """\
TraceError: `x` cannot be indexed by a condition, since the number of entries would depend on values
  given:    line # of by_mask: return x[x > 0].sum()
                                      ^^^^^^^^
  expected: a number, a slice or None
  fix:      np.where(x > 0, x, 0) keeps the shape; x * mask too""",
    ),
    (
        by_labels,
        dict(x="n d", y="n"),
        """\
TraceError: `x` cannot be indexed by `np.arange(n)`
  given:    line # of by_labels: return x[np.arange(x.shape[0]), y].sum()
                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: numbers, slices and None
  fix:      pass the labels one-hot, as Y: np.sum(Y * x, axis=1) picks one entry of each row""",
    ),
    (
        undefined,
        dict(x="n"),
        """\
TraceError: nan is no number to calculate with
  given:    line # of undefined: return np.sum(np.where(x > 0, x, np.nan))
                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: a finite number""",
    ),
    (
        decomposed,
        dict(x="n d"),
        """\
NoRuleError: the singular value decomposition is not available
  given:    line # of decomposed: U, s, Vt = np.linalg.svd(x)
                                             ^^^^^^^^^^^^^^^^
  expected: a function that has a derivative here
  fix:      np.sum(X**2) is the sum of the squared singular values, np.linalg.slogdet(X.T @ X)[1] that of their logarithms""",
    ),
    (
        sorted_entries,
        dict(x="n"),
        """\
NoRuleError: the sorted vector is not available
  given:    line # of sorted_entries: return np.sort(x)[0]
                                             ^^^^^^^^^^
  expected: a function that has a derivative here
  fix:      np.max(x) and np.min(x) are the ends of the order""",
    ),
    (
        unknown_argument,
        dict(x="n"),
        """\
TraceError: `where=` of np.sum is not available
  given:    where=<x > 0: n>
            line # of unknown_argument: return np.sum(x, where=x > 0)
                                               ^^^^^^^^^^^^^^^^^^^^^^
  expected: its default
  fix:      multiply by a mask, or use np.where""",
    ),
    (
        by_entry,
        dict(x="n"),
        """\
TraceError: `x` cannot be made an array of numbers
  given:    line # of by_entry: return np.vectorize(lambda v: v * v)(x).sum()
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: functions of NumPy, or code made of them: while a function is traced its arrays have shapes, and no values
  fix:      write the function with NumPy's operations""",
    ),
    (
        unfit,
        dict(x="n d", w="n"),
        """\
ShapeError: cannot multiply `x` by `w`
  given:    x: n × d, w: n
            line # of unfit: z = x @ w
                                 ^^^^^
  expected: as many rows on the right as columns on the left (d)
  fix:      x.T @ w has shape d""",
    ),
    (
        unfit_sum,
        dict(x="n d", w="n"),
        """\
ShapeError: cannot add `x` and `w`
  given:    x: n × d, w: n
            line # of unfit_sum: return (x + w).sum()
                                         ^^^^^
  expected: equal shapes, or a scalar
  fix:      x + w[:, None] takes w to every column""",
    ),
    (
        outside,
        dict(x="200"),
        """\
TraceError: the function uses an array `BIG` that is no argument
  given:    200 numbers
            line # of outside: return BIG @ x
                                      ^^^^^^^
  expected: arguments; of constant arrays those with equal entries, identities and triangles, and up to 64 entries of others
  fix:      pass it as an argument: def f(…, BIG)""",
    ),
    (
        misspelt,
        dict(x="n"),
        """\
TraceError: `misspelt` fails while it is traced
  given:    AttributeError: module 'numpy' has no attribute 'summ'
            line # of misspelt: return np.summ(x)
                                       ^^^^^^^
  expected: a function of arrays that runs
  fix:      did you mean `sum`?""",
    ),
    (
        misspelt_method,
        dict(x="n"),
        """\
TraceError: `misspelt_method` fails while it is traced
  given:    AttributeError: 'numpy.ndarray' object has no attribute 'summ'
            line # of misspelt_method: return x.summ()
                                              ^^^^^^
  expected: a function of arrays that runs
  fix:      did you mean `sum`?""",
    ),
    (
        with_text,
        dict(x="n"),
        """\
TraceError: `with_text` fails while it is traced
  given:    TypeError: unsupported operand type(s) for +: 'numpy.ndarray' and 'str'
            line # of with_text: return x + "a"
                                        ^^^^^^^
  expected: a function of arrays that runs""",
    ),
    (
        raising,
        dict(x="n"),
        """\
TraceError: `raising` fails while it is traced
  given:    ValueError: no such mode
            line # of raising: raise ValueError("no such mode")
  expected: a function of arrays that runs""",
    ),
    (
        endless,
        dict(x="n"),
        """\
TraceError: `endless` calls itself without end
  given:    line # of endless: return endless(x) + 1
                                      ^^^^^^^^^^
  expected: a recursion that ends, whatever the values""",
    ),
    (
        long_loop,
        dict(x="n"),
        """\
LimitError: the function runs too many operations
  given:    more than 20,000
            line # of long_loop: x = x + 1
                                     ^^^^^
  expected: loops that end, of some hundred rounds
  fix:      write a long loop with arrays""",
    ),
    (
        nothing,
        dict(x="n"),
        """\
TraceError: `nothing` returns nothing
  given:    None
  expected: one array
  fix:      end it with return and the result""",
    ),
    (
        two,
        dict(x="n"),
        """\
TraceError: `two` returns 2 values
  given:    (<np.sum(x): scalar>, <np.mean(x): scalar>)
  expected: one array
  fix:      lambda …: two(…)[0] is the first; np.stack joins arrays of one shape""",
    ),
    (
        none_of_two,
        dict(x="n"),
        """\
TraceError: `none_of_two` returns 0 values
  given:    ()
  expected: one array""",
    ),
    (
        in_a_dict,
        dict(x="n"),
        """\
TraceError: `in_a_dict` returns a dict of 1 values
  given:    {'loss': <np.sum(x): scalar>}
  expected: one array
  fix:      lambda …: in_a_dict(…)['loss'] is one of them""",
    ),
    (
        in_an_object,
        dict(x="n"),
        """\
TraceError: `in_an_object` returns an object of type Output
  given:    Output(loss=<np.sum(x): scalar>)
  expected: one array
  fix:      lambda …: in_an_object(…).loss is one of its fields""",
    ),
    (
        constant,
        dict(x="n"),
        """\
TraceError: `constant` returns the same for all arguments
  given:    3.0
  expected: a function that uses its arguments""",
    ),
    (
        starred,
        dict(x="n"),
        """\
DeclarationError: the parameters of `starred` have no names
  given:    starred(*arrays)
  expected: a name for each array
  fix:      lambda x: starred(x)""",
    ),
    (
        two_arguments,
        dict(x="n"),
        """\
DeclarationError: the shape of `y` is not given
  given:    two_arguments(x, y) with x
  expected: the sizes of every parameter that has no default
  fix:      y="n d" is a matrix, y="n" a vector, y="scalar" a number""",
    ),
    (
        two_arguments,
        dict(x="n", y="n", z="n"),
        """\
DeclarationError: `two_arguments` has no parameter `z`
  given:    z='n'
  expected: `x` or `y`""",
    ),
    (
        choice,
        dict(x="vector"),
        """\
DeclarationError: the sizes of `x` are not given
  given:    x="vector"
  expected: 1 size
  fix:      x="n"
""",
    ),
]


def numberless(text):
    """An error without the number of the line, which changes with this file."""

    def cut(match):
        return f"line # of {match[2]}" + (f"\n{match[3][len(match[1]) - 1 :]}" if match[3] else "")

    return re.sub(r"line (\d+) of ([^\n]*)(?:\n( *\^+))?", cut, text)


@pytest.mark.parametrize("function, shapes, text", REFUSED, ids=[f"{f.__name__}-{len(s)}" for f, s, _ in REFUSED])
def test_refusals_show_the_line_and_what_to_write_instead(function, shapes, text):
    with pytest.raises(cr.ChainruleError) as refused:
        cr.trace(function, **shapes)
    assert numberless(str(refused.value)) == text.rstrip()


def test_a_generator_is_no_array():
    with pytest.raises(cr.TraceError, match="`generated` returns a generator, and no array"):
        cr.trace(generated, x="n")


def test_what_has_no_signature_is_asked_for_one():
    with pytest.raises(cr.DeclarationError):
        cr.trace(np.vectorize, x="n")
    with pytest.raises(cr.DeclarationError, match="`int`"):
        cr.trace(int, x="n")
