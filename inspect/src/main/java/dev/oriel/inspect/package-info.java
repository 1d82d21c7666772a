/// The moves of interpretability research as small classes: each runs a model with probes and returns a plain result.
package dev.oriel.inspect;
