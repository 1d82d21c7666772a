package dev.oriel.loaders.hub;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/// The hub does not answer now, but may later: too many requests, or something is broken there.
final class Busy extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Duration wish;

    /// @param retryAfter the header of that name: seconds or a date; null where there is none
    Busy(String message, String retryAfter) {
        this(message, parse(retryAfter, Instant.now()));
    }

    private Busy(String message, Duration wish) {
        super(wish.isZero() ? message : message + ", and asks to wait " + wish.toSeconds() + " s");
        this.wish = wish;
    }

    /// How long the hub wants to be left alone; zero where it did not say.
    Duration wish() { return wish == null ? Duration.ZERO : wish; }

    static Duration parse(String retryAfter, Instant now) {
        if (retryAfter == null) return Duration.ZERO;
        String text = retryAfter.strip();
        if (text.matches("\\d{1,9}")) return Duration.ofSeconds(Long.parseLong(text));
        try {
            Duration wait = Duration.between(now, ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }
}
