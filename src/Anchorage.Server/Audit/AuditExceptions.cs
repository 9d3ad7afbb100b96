namespace Anchorage.Server.Audit;

/// <summary>The record cannot be written: nothing that must be on record may go on. Becomes a 503 with Retry-After.</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The record does not read as it was written: bytes were changed or lost after they were durable.</summary>
internal sealed class AuditDamagedException(string file, long offset, string reason)
    : Exception($"The audit record {file} is damaged at byte {offset}: {reason}");
