/// Benchmarks: each reports the bytes it must read and the arithmetic it must do beside its time, so that it can be read against [RoofBench].
package dev.oriel.bench;
