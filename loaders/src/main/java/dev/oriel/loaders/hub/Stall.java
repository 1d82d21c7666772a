package dev.oriel.loaders.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A body that ends with an error where too little comes of it. Java's own timeouts end before the body begins, or count its whole length.
final class Stall extends InputStream {
    /// A slow line is better than none, but a byte now and then is not a line.
    private static final long BYTES_PER_SECOND = 256;

    private final InputStream body;
    private final Duration patience;
    private final AtomicLong received = new AtomicLong();
    private final Thread watch;
    private volatile boolean stalled;

    Stall(InputStream body, Duration patience) {
        this.body = body;
        this.patience = patience;
        watch = Thread.ofVirtual().start(this::watch);
    }

    private void watch() {
        long least = Math.max(1, patience.toMillis() * BYTES_PER_SECOND / 1000);
        try {
            do Thread.sleep(patience);
            while (received.getAndSet(0) >= least);
            stalled = true;
            body.close();
        } catch (InterruptedException | IOException e) {
            // Nobody reads any more.
            return;
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count;
        try {
            count = body.read(bytes, offset, length);
        } catch (IOException e) {
            throw stalled ? tooSlow(e) : e;
        }
        if (stalled) throw tooSlow(null);
        received.addAndGet(Math.max(0, count));
        return count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    private IOException tooSlow(IOException cause) {
        IOException e = new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
        if (cause != null) e.initCause(cause);
        return e;
    }

    @Override
    public void close() throws IOException {
        watch.interrupt();
        body.close();
    }
}
