package dev.oriel.loaders.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/// Counts what failed, and waits before the next attempt.
final class Attempts {
    /// A request that may fail.
    interface Request<T> {
        T send() throws IOException;
    }

    private final Patience patience;
    private int failed;

    Attempts(Patience patience) { this.patience = patience; }

    static <T> T at(Patience patience, Request<T> request) throws IOException {
        Attempts attempts = new Attempts(patience);
        while (true) {
            try {
                return request.send();
            } catch (IOException e) {
                attempts.failed(e);
            }
        }
    }

    /// Something has come of the last attempt after all.
    void progressed() { failed = 0; }

    /// Waits; throws `failure` where there have been enough attempts, or the hub asks for a longer wait than anybody has patience for.
    void failed(IOException failure) throws IOException {
        Duration wish = failure instanceof Busy busy ? busy.wish() : Duration.ZERO;
        if (++failed >= patience.attempts() || wish.compareTo(patience.longest()) > 0 || failure instanceof InterruptedIOException) throw failure;
        Duration wait = patience.before(failed);
        try {
            Thread.sleep(wish.compareTo(wait) > 0 ? wish : wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
