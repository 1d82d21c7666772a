package dev.oriel.loaders.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.OptionalLong;

/// What came of a request, after redirects.
///
/// @param status  of the last answer
/// @param address that gave it
/// @param own     whether that was the hub, and not a host that it sent to
/// @param hub     headers of the last answer that came from the hub itself; what it says about a file stands there, also where it sends elsewhere for the content
/// @param last    headers of the last answer
/// @param body    of it
record Answer(int status, URI address, boolean own, HttpHeaders hub, HttpHeaders last, InputStream body) implements AutoCloseable {
    boolean good() { return status / 100 == 2; }

    Optional<String> fromHub(String header) { return hub.firstValue(header).map(String::strip).filter(text -> !text.isEmpty()); }

    /// Bytes that the body promises to have.
    OptionalLong length() {
        String text = last.firstValue("Content-Length").orElse("");
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    @Override
    public void close() throws IOException { body.close(); }
}
