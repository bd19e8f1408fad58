"""Module with $x = y$."""
import os  # not run


def softmax(x):
    r"""The softmax, :math:`s_i = e^{x_i} / \sum_j e^{x_j}`.

    .. math:: a = b
    """
    return os.system("touch /tmp/owned")


class A:
    "costs $5, is $\frac{1}{2}$"
