"""Where the search for a Markov-switching model starts: fixed guesses at what tells the states apart.

The likelihood has several local maxima. The guesses cover states that differ by variance, by mean, by both in either
direction, short-lived and long-lived, and a few drawn with a fixed seed.
"""

from __future__ import annotations

import numpy as np

from trimtab.numerics.markov_model import Switching, SwitchingModel

_SEED = 19890301
_SHAPES = ((0.0, 1.6, 0.95), (0.0, 0.9, 0.8), (1.0, 0.0, 0.9), (1.6, 0.0, 0.7), (0.6, 1.2, 0.95), (-0.6, 1.2, 0.95))
_DRAWN = 5  # for each state more than one


def starts(model: SwitchingModel) -> Switching:
    """Parameters with a leading axis of starts, for rows of mean 0 and variance 1.

    A shape is how far means lie from the middle, how far log variances do, and the chance to stay. Lags start at 0: EM
    finds them.
    """
    k, rng = model.states, np.random.default_rng(_SEED)
    ladder, shapes = np.linspace(-1.0, 1.0, k), np.array(_SHAPES)
    drawn = _DRAWN * (k - 1)
    means = np.concatenate([shapes[:, :1] * ladder, rng.normal(0.0, 1.0, (drawn, k))])
    logs = np.concatenate([shapes[:, 1:2] * ladder, rng.normal(-0.3, 0.8, (drawn, k))])
    stay = np.concatenate([np.repeat(shapes[:, 2:], k, axis=1), rng.uniform(0.2, 0.97, (drawn, k))])
    if not model.switching_variance:
        means[:2] = np.array([[0.4], [0.8]]) * ladder  # equal means and variances would be one state
        logs[:] = np.log(0.7)
    transition = np.where(np.eye(k, dtype=bool), stay[..., None], (1.0 - stay[..., None]) / (k - 1))
    return Switching(means, np.exp(logs), np.zeros((len(means), model.order)), transition)
