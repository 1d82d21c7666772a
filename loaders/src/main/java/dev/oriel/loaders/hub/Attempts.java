package dev.oriel.loaders.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;

/// Counts what failed, and waits before the next attempt.
final class Attempts {
    /// A request that may fail.
    interface Request<T> {
        T send() throws IOException;
    }

    /// Where nobody is there at all, nothing has begun yet, and there may be a cache.
    private static final int IN_VAIN = 2;

    private final Patience patience;
    private final int inVain;
    private int failed;

    /// For something that has begun.
    Attempts(Patience patience) { this(patience, patience.attempts()); }

    private Attempts(Patience patience, int inVain) {
        this.patience = patience;
        this.inVain = inVain;
    }

    static <T> T at(Patience patience, Request<T> request) throws IOException {
        Attempts attempts = new Attempts(patience, IN_VAIN);
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
        boolean nobody = failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
        if (++failed >= (nobody ? inVain : patience.attempts()) || wish.compareTo(patience.longest()) > 0 || failure instanceof InterruptedIOException) throw failure;
        Duration wait = patience.before(failed);
        try {
            Thread.sleep(wish.compareTo(wait) > 0 ? wish : wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
