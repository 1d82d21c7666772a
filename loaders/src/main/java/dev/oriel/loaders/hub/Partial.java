package dev.oriel.loaders.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The beginning of a blob, kept over broken connections and ended processes; it gets the blob's name when it is whole and its checksum right, and not before.
final class Partial implements AutoCloseable {
    private static final int SHA256_DIGITS = 64;
    private static final int SHA1_DIGITS = 40;
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path path;
    private final HubFile file;
    private final FileChannel channel;
    private final MessageDigest digest;
    private long length;
    private boolean inherited;

    /// Reads what is there already.
    Partial(Path path, HubFile file) throws IOException {
        this.path = path;
        this.file = file;
        digest = digest(file.etag());
        Files.createDirectories(path.getParent());
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            begin();
            takeOver();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// How content is named: SHA-256 where git does not keep it itself, else git's SHA-1; null where the hub names it in its own way.
    private static MessageDigest digest(String etag) {
        String name = !etag.matches("[0-9a-f]+") ? null : etag.length() == SHA256_DIGITS ? "SHA-256" : etag.length() == SHA1_DIGITS ? "SHA-1" : null;
        try {
            return name == null ? null : MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void begin() {
        length = 0;
        inherited = false;
        if (digest == null) return;
        digest.reset();
        if (file.etag().length() == SHA1_DIGITS) digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    private void takeOver() throws IOException {
        if (channel.size() > file.size()) channel.truncate(0);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer, length) > 0) {
            length += buffer.position();
            if (digest != null) digest.update(buffer.flip());
            buffer.clear();
        }
        inherited = length > 0;
    }

    long length() { return length; }

    long missing() { return file.size() - length; }

    /// Whether some of it was there before.
    boolean isInherited() { return inherited; }

    void append(byte[] bytes, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
        if (digest != null) digest.update(bytes, 0, count);
        while (buffer.hasRemaining()) length += channel.write(buffer, length);
    }

    void startAgain() throws IOException {
        channel.truncate(0);
        begin();
    }

    /// Whether the bytes are those that the ETag names. To be asked once, when nothing is missing.
    boolean isRight() { return digest == null || HexFormat.of().formatHex(digest.digest()).equals(file.etag()); }

    /// Gives the blob its name.
    void publish(Path blob) throws IOException {
        channel.force(true);
        channel.close();
        Files.move(path, blob, StandardCopyOption.ATOMIC_MOVE);
    }

    void discard() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException { channel.close(); }
}
