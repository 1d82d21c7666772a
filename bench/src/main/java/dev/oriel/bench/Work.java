package dev.oriel.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What the measured calls had to do, whatever they really did: JMH divides both by the time.
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Work {
    /// Bytes that must be read at least once: weights, keys and values, activations.
    public long bytes;

    /// Additions and multiplications of the textbook algorithm; a fused multiply-add is two.
    public long operations;

    void done(long moreBytes, long moreOperations) {
        bytes += moreBytes;
        operations += moreOperations;
    }
}
