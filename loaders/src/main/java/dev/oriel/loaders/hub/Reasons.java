package dev.oriel.loaders.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/// Why something failed, in a few words: what Java's exceptions leave unsaid or repeat.
final class Reasons {
    private static final int MAX = 160;
    private static final int MAX_CAUSES = 8;

    private Reasons() {}

    static String of(Throwable failure) {
        Throwable told = failure;
        for (int i = 0; i < MAX_CAUSES && told.getCause() != null && uninformative(told); i++) told = told.getCause();
        return line(switch (told) {
            case HttpConnectTimeoutException _ -> "no connection in time";
            case UnresolvedAddressException _ -> "unknown host";
            case UnknownHostException _ -> "unknown host";
            case ClosedChannelException _ when failure instanceof ConnectException -> "connection refused";
            case IOException e when String.valueOf(e.getMessage()).contains("received no bytes") -> "the connection ended without an answer";
            case NoSuchFileException _ -> "there is no such file or folder";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "something that is no folder is in the way";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> told.getMessage() == null || told.getMessage().isBlank() ? told.getClass().getSimpleName() : told.getMessage();
        });
    }

    /// Exceptions that only wrap another.
    private static boolean uninformative(Throwable t) {
        String message = t.getMessage();
        return t instanceof ConnectException || message == null || message.equals("closed") || t.getClass() == IOException.class && message.equals(t.getCause().toString());
    }

    /// One line of bounded length, whoever wrote the text.
    static String line(String text) {
        String shown = text.strip();
        return (shown.length() > MAX ? shown.substring(0, MAX) + "…" : shown).replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]+", " ");
    }
}
