package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.util.Set;

/// What an answer means that is not the one hoped for.
final class Refusal {
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);

    private final Reference wanted;
    private final HubSettings settings;

    Refusal(Reference wanted, HubSettings settings) {
        this.wanted = wanted;
        this.settings = settings;
    }

    /// Returns `answer` if it is good.
    ///
    /// @param what was asked for
    /// @throws Busy           if it may be another later
    /// @throws ModelException if not
    Answer require(String what, Answer answer) throws IOException {
        if (answer.good()) return answer;
        answer.close();
        String host = answer.address().getHost();
        // Elsewhere, an address that the hub has signed may have expired; it signs another.
        if (PASSING.contains(answer.status()) || !answer.own() && answer.status() == 403)
            throw new Busy(host + " answered " + answer.status() + (answer.status() == 429 ? ": too many requests" : ""), answer.last().firstValue("Retry-After").orElse(null));
        throw new ModelException(wanted.name() + ": " + what + ": " + (answer.own() ? meaning(answer) : host + " answered " + answer.status()));
    }

    private String meaning(Answer answer) {
        String code = answer.fromHub("X-Error-Code").orElse("");
        boolean token = settings.token().isPresent();
        String permission = token ? "the token that was given may not read it" : "no token was given (HF_TOKEN)";
        return switch (code) {
            case "GatedRepo" -> "the repository is gated, and " + permission + "; " + settings.endpoint() + "/" + wanted.repository() + " tells how to get access (" + answer.status() + ")";
            case "RevisionNotFound" -> "expected a revision '" + wanted.revision() + "', found none (" + answer.status() + ")";
            case "EntryNotFound" -> "expected this file, found none (" + answer.status() + ")";
            default -> switch (answer.status()) {
                case 401 -> "the repository does not exist or is private, and " + permission + " (401)";
                case 403 -> "access is refused, and " + permission + " (403" + said(answer) + ")";
                case 404 -> "expected a repository at " + settings.endpoint() + ", found none; a private one needs " + (token ? "another token" : "a token (HF_TOKEN)") + " (404)";
                default -> "expected the answer 200, found " + answer.status() + said(answer);
            };
        };
    }

    private static String said(Answer answer) { return answer.fromHub("X-Error-Message").map(message -> ": " + Reasons.line(message)).orElse(""); }
}
