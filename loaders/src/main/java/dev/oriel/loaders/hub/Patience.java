package dev.oriel.loaders.hub;

import java.time.Duration;

/// How long is waited for what.
///
/// @param connect  for a connection
/// @param stall    for an answer, and for so many bytes of it that it can be said to go on
/// @param backoff  before the second attempt; twice as long before each further one
/// @param longest  between two attempts, whatever the hub asks for
/// @param attempts of one request, as long as nothing comes of them
record Patience(Duration connect, Duration stall, Duration backoff, Duration longest, int attempts) {
    static final Patience USUAL = new Patience(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMillis(500), Duration.ofMinutes(1), 5);

    /// @param attempt the one that failed, from 1
    Duration before(int attempt) {
        Duration wait = backoff.multipliedBy(1L << Math.min(attempt - 1, 10));
        return wait.compareTo(longest) < 0 ? wait : longest;
    }
}
