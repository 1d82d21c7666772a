package dev.oriel.inspect;

/// Told how far a sweep is, after each of its passes.
@FunctionalInterface
public interface Progress {
    Progress NONE = (_, _) -> { };

    /// @param done  runs that are finished
    /// @param total runs there will be
    void at(int done, int total);
}
