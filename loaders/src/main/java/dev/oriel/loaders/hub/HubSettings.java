package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where the hub is and where its files are kept. Start from [#fromEnvironment] and change what matters.
///
/// @param endpoint the hub, `https://huggingface.co` or one that speaks like it; may have a path
/// @param token    sent to the endpoint, and to no other host
/// @param cache    the folder that holds `models--OWNER--REPO`
/// @param offline  nothing but the cache is asked
/// @param links    snapshots link to blobs, where the file system can do that; else they are copies
public record HubSettings(URI endpoint, Optional<String> token, Path cache, boolean offline, boolean links) {
    private static final String PUBLIC_HUB = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");
    private static final Pattern PRINTABLE = Pattern.compile("[!-~]+");

    public HubSettings {
        boolean web = "https".equals(endpoint.getScheme()) || "http".equals(endpoint.getScheme());
        if (!web || endpoint.getHost() == null || endpoint.getRawUserInfo() != null || endpoint.getRawQuery() != null || endpoint.getRawFragment() != null)
            throw noAddress(endpoint.getRawUserInfo() == null ? endpoint : "one with a password in it");
        // Whatever else it is, it is a secret, and is not shown.
        if (token.isPresent() && !PRINTABLE.matcher(token.get()).matches()) throw new ModelException("HF_TOKEN", "token", "printable ASCII", "other characters");
    }

    /// As `huggingface_hub` is set up: `HF_ENDPOINT`, `HF_TOKEN` or the file `token` in `HF_HOME`, `HF_HUB_CACHE` or the folder `hub` in `HF_HOME`, `HF_HUB_OFFLINE`,
    /// `HF_HUB_DISABLE_SYMLINKS`, with their older names.
    ///
    /// @throws ModelException if one of them makes no sense
    public static HubSettings fromEnvironment() { return of(System.getenv(), Path.of(System.getProperty("user.home"))); }

    static HubSettings of(Map<String, String> environment, Path userHome) {
        Variables given = new Variables(environment, userHome);
        Path home = given.path("HF_HOME").orElseGet(() -> given.path("XDG_CACHE_HOME").orElse(userHome.resolve(".cache")).resolve("huggingface"));
        Path cache = given.path("HF_HUB_CACHE").or(() -> given.path("HUGGINGFACE_HUB_CACHE")).orElseGet(() -> home.resolve("hub"));
        return new HubSettings(endpoint(given.text("HF_ENDPOINT").orElse(PUBLIC_HUB)), token(given, home), cache,
                given.says("HF_HUB_OFFLINE") || given.says("TRANSFORMERS_OFFLINE"), !given.says("HF_HUB_DISABLE_SYMLINKS"));
    }

    public HubSettings withEndpoint(String address) { return new HubSettings(endpoint(address), token, cache, offline, links); }

    public HubSettings withToken(String secret) { return new HubSettings(endpoint, Optional.of(secret), cache, offline, links); }

    public HubSettings withCache(Path folder) { return new HubSettings(endpoint, token, folder, offline, links); }

    public HubSettings withOffline(boolean only) { return new HubSettings(endpoint, token, cache, only, links); }

    private static URI endpoint(String address) {
        try {
            return URI.create(address.replaceFirst("/+$", ""));
        } catch (IllegalArgumentException e) {
            throw noAddress(address);
        }
    }

    private static ModelException noAddress(Object found) { return new ModelException("HF_ENDPOINT", "address of the hub", "one such as " + PUBLIC_HUB, found); }

    private static Optional<String> token(Variables given, Path home) {
        if (given.says("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return Optional.empty();
        return given.text("HF_TOKEN").or(() -> given.text("HUGGING_FACE_HUB_TOKEN"))
                .or(() -> tokenIn(given.path("HF_TOKEN_PATH").orElseGet(() -> home.resolve("token"))));
    }

    private static Optional<String> tokenIn(Path file) {
        try {
            return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ModelException(file + ": the token cannot be read: " + Reasons.of(e), e);
        }
    }

    /// Without the token, which is a secret.
    @Override
    public String toString() {
        String secret = token.isPresent() ? "(given)" : "none";
        return "HubSettings[endpoint=" + endpoint + ", token=" + secret + ", cache=" + cache + ", offline=" + offline + ", links=" + links + "]";
    }

    /// Environment variables as Python's expanduser and expandvars leave them.
    private record Variables(Map<String, String> environment, Path userHome) {
        Optional<String> text(String name) { return Optional.ofNullable(environment.get(name)).map(String::strip).filter(text -> !text.isEmpty()); }

        boolean says(String name) { return text(name).filter(text -> TRUE.contains(text.toUpperCase(Locale.ROOT))).isPresent(); }

        Optional<Path> path(String name) {
            return text(name).map(text -> text.equals("~") || text.startsWith("~/") ? userHome + text.substring(1) : text)
                    .map(text -> VARIABLE.matcher(text).replaceAll(m -> Matcher.quoteReplacement(value(m.group(1) == null ? m.group(2) : m.group(1), m.group()))))
                    .map(Path::of);
        }

        private String value(String name, String otherwise) { return environment.getOrDefault(name, otherwise); }
    }
}
