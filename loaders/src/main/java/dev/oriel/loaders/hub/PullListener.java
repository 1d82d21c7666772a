package dev.oriel.loaders.hub;

/// Is told how far a pull has come, in the thread that pulls.
@FunctionalInterface
public interface PullListener {
    /// @param done  bytes that are there, those of earlier attempts included
    /// @param total bytes of all files that were missing, as far as they are known
    void progress(long done, long total);

    /// A line for people: that the hub cannot be reached and the cache has to do, or that another process is at the same file.
    default void note(String line) {}
}
