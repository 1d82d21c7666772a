package dev.oriel.app;

import dev.oriel.runtime.text.ChatMessage;
import dev.oriel.runtime.text.Tool;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What `chat` reads: tools and messages, from files or stdin.
final class ChatFiles {
    private final Streams streams;

    ChatFiles(Streams streams) { this.streams = streams; }

    private interface Parsing<T> {
        T of(String name, Reader reader);
    }

    List<Tool> tools(Path path) throws IOException { return read(path, Tool::list); }

    List<ChatMessage> messages(Path path) throws IOException { return read(path, ChatMessage::list); }

    private <T> T read(Path path, Parsing<T> parsing) throws IOException {
        if (path.toString().equals("-")) return parsing.of("stdin", streams.reader());
        try (Reader reader = Files.newBufferedReader(path)) {
            return parsing.of(path.toString(), reader);
        }
    }
}
