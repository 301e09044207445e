"""The print dialect's reply bodies, one schema each, for the OpenAPI document. Views build the bodies themselves; a
test loads real replies into these with unknown fields refused, so that the document cannot drift."""

from marshmallow import Schema, fields

Time = fields.AwareDateTime


class ErrorDetail(Schema):
    field = fields.String()
    issue = fields.String()
    max = fields.Integer()


class ErrorBody(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)
    details = fields.List(fields.Nested(ErrorDetail))
    required_ = fields.Integer(data_key="required")
    available = fields.Integer()
    max = fields.Integer()


class PrintError(Schema):
    error = fields.Nested(ErrorBody, required=True)
    request_id = fields.String(required=True)


class JobRef(Schema):
    job_id = fields.String(required=True)
    id = fields.String(required=True)
    parent_batch_id = fields.String(required=True)
    index = fields.Integer(required=True)
    filename = fields.String(required=True)
    status = fields.String(required=True)


class BatchHead(Schema):
    batch_id = fields.String(required=True)
    id = fields.String(required=True)
    client_job_id = fields.String(required=True, allow_none=True)
    job_type = fields.String(required=True)
    status = fields.String(required=True)
    total = fields.Integer(required=True)
    status_url = fields.Url(required=True, require_tld=False)
    created_at = Time(required=True)
    dry_run = fields.Boolean(required=True)
    retry_of = fields.String(required=True, allow_none=True)
    warnings = fields.List(fields.String(), required=True)
    credit_cost = fields.Integer(required=True)


class Accepted(BatchHead):
    jobs = fields.List(fields.Nested(JobRef), required=True)
    credits_remaining = fields.Integer(required=True)


class BatchSummary(BatchHead):
    partly = fields.Boolean(required=True, data_key="partial")
    progress = fields.Float(required=True)
    expires_at = Time(required=True, allow_none=True)
    completed_at = Time(required=True, allow_none=True)
    poll_after_seconds = fields.Integer(required=True, allow_none=True)


class Counts(Schema):
    queued = fields.Integer(required=True)
    processing = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    canceled = fields.Integer(required=True)


class Assets(Schema):
    download_urls = fields.List(fields.String(), required=True)
    mockup_urls = fields.List(fields.String(), required=True)
    video_url = fields.String(required=True, allow_none=True)
    listing_pdf_url = fields.String(required=True, allow_none=True)
    customer_pdf_url = fields.String(required=True, allow_none=True)
    drive_share_link = fields.String(required=True, allow_none=True)
    drive_url = fields.String(required=True, allow_none=True)
    preview_urls = fields.List(fields.String(), required=True)
    zip_url = fields.String(required=True, allow_none=True)


class File(Schema):
    file_id = fields.String(required=True)
    kind = fields.String(required=True)
    ratio = fields.String(required=True, allow_none=True)
    filename = fields.String(required=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    dpi = fields.Integer(required=True, allow_none=True)
    format = fields.String(required=True)
    bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    method = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class JobError(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)


class JobAttempt(Schema):
    number = fields.Integer(required=True)
    started_at = Time(required=True)
    ended_at = Time(required=True, allow_none=True)
    outcome = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)


class Job(JobRef):
    job_type = fields.String(required=True)
    credit_cost = fields.Integer(required=True)
    assets = fields.Nested(Assets, required=True)
    batch_id = fields.String(required=True)
    client_job_id = fields.String(required=True, allow_none=True)
    created_at = Time(required=True)
    started_at = Time(required=True, allow_none=True)
    completed_at = Time(required=True, allow_none=True)
    expires_at = Time(required=True, allow_none=True)
    error = fields.Nested(JobError, required=True, allow_none=True)
    files = fields.List(fields.Nested(File), required=True)
    attempts = fields.Integer(required=True)
    attempt_log = fields.List(fields.Nested(JobAttempt))
    warnings = fields.List(fields.String(), required=True)


class BatchDetail(BatchSummary):
    counts = fields.Nested(Counts, required=True)
    zip_url = fields.String(required=True, allow_none=True)
    download_url = fields.String(required=True, allow_none=True)
    zip_size_bytes = fields.Integer(required=True)
    files = fields.List(fields.Nested(File), required=True)
    jobs = fields.List(fields.Nested(Job), required=True)


class Page(Schema):
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class BatchPage(Page):
    batches = fields.List(fields.Nested(BatchSummary), required=True)


class Credits(Schema):
    credits = fields.Integer(required=True)
    available = fields.Integer(required=True)
    held = fields.Integer(required=True)
    spent = fields.Integer(required=True)
    granted = fields.Integer(required=True)


class AccountLimits(Schema):
    max_batch_size = fields.Integer(required=True)
    max_file_bytes = fields.Integer(required=True)
    max_request_bytes = fields.Integer(required=True)
    max_queued_jobs = fields.Integer(required=True)
    requests_per_minute = fields.Integer(required=True)
    submissions_per_minute = fields.Integer(required=True)
    formats = fields.List(fields.String(), required=True)
    link_hours = fields.Integer(required=True)


class AccountBody(Credits):
    account_id = fields.String(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    plan = fields.String(required=True)
    created_at = Time(required=True)
    unlimited = fields.Boolean(required=True)
    limits = fields.Nested(AccountLimits, required=True)


class Transaction(Schema):
    transaction_id = fields.String(required=True)
    id = fields.String(required=True)
    type = fields.String(required=True)
    amount = fields.Integer(required=True)
    batch_id = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    balance_after = fields.Integer(required=True)
    held_after = fields.Integer(required=True)
    created_at = Time(required=True)


class TransactionPage(Page):
    transactions = fields.List(fields.Nested(Transaction), required=True)


class Key(Schema):
    key_id = fields.String(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    hint = fields.String(required=True)
    created_at = Time(required=True)
    last_used_at = Time(required=True, allow_none=True)
    expires_at = Time(required=True, allow_none=True)
    revoked_at = Time(required=True, allow_none=True)


class NewKey(Key):
    key = fields.String(required=True, allow_none=True)


class KeyList(Schema):
    keys = fields.List(fields.Nested(Key), required=True)


class Webhook(Schema):
    webhook_id = fields.String(required=True)
    id = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    description = fields.String(required=True)
    status = fields.String(required=True)
    disabled_reason = fields.String(required=True, allow_none=True)
    failing_since = Time(required=True, allow_none=True)
    created_at = Time(required=True)


class NewWebhook(Webhook):
    secret = fields.String(required=True, allow_none=True)


class WebhookList(Schema):
    webhooks = fields.List(fields.Nested(Webhook), required=True)


class DeliveryAttempt(Schema):
    number = fields.Integer(required=True)
    at = Time(required=True)
    duration_ms = fields.Integer(required=True)
    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    response = fields.String(required=True)


class DeliveryRef(Schema):
    delivery_id = fields.String(required=True)
    id = fields.String(required=True)
    status = fields.String(required=True)


class Replayed(Schema):
    webhook_id = fields.String(required=True)
    since = Time(required=True)
    replayed = fields.Integer(required=True, metadata={"description": "How many deliveries are sent again."})


class DeliveryView(Schema):
    delivery_id = fields.String(required=True)
    id = fields.String(required=True)
    event = fields.String(required=True)
    batch_id = fields.String(required=True, allow_none=True)
    job_id = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    attempt_count = fields.Integer(required=True)
    next_attempt_at = Time(required=True, allow_none=True)
    created_at = Time(required=True)
    attempts = fields.List(fields.Nested(DeliveryAttempt), required=True)


class DeliveryPage(Page):
    deliveries = fields.List(fields.Nested(DeliveryView), required=True)


class UploadSlot(Schema):
    upload_id = fields.String(required=True)
    id = fields.String(required=True)
    method = fields.String(required=True)
    url = fields.String(required=True)
    headers = fields.Dict(required=True)
    max_bytes = fields.Integer(required=True)
    expires_at = Time(required=True)
