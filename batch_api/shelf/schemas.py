"""The shelf's reply bodies, one schema each, for the OpenAPI document. Views build the bodies themselves; a test loads
real replies into these with unknown fields refused, so that the document cannot drift."""

from marshmallow import Schema, fields, validate

Time = fields.AwareDateTime
STATES = validate.OneOf(["processing", "completed", "failed"])
BATCH_STATES = validate.OneOf(["processing", "partial", "completed"])


class Page(Schema):
    cursor = fields.String(required=True, allow_none=True)
    hasMore = fields.Boolean(required=True)


class AnalysisHead(Schema):
    id = fields.String(required=True)
    status = fields.String(required=True, validate=STATES)
    imageUrl = fields.String(required=True)
    createdAt = Time(required=True)
    externalId = fields.String()
    metadata_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="metadata")
    placeId = fields.String()
    taskId = fields.String()


class SubmittedAnalysis(AnalysisHead):
    callbackSecret = fields.String(
        allow_none=True, metadata={"description": "Shown in this reply and its replays only."}
    )
    warnings = fields.List(fields.String())


class Submitted(Schema):
    data = fields.Nested(SubmittedAnalysis, required=True)


class BatchHead(Schema):
    batchId = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=BATCH_STATES)


class BatchSubmittedData(BatchHead):
    analyses = fields.List(fields.Nested(SubmittedAnalysis), required=True)
    creditsConsumed = fields.Integer(required=True)
    createdAt = Time(required=True)
    warnings = fields.List(fields.String())


class BatchSubmitted(BatchHead):
    data = fields.Nested(BatchSubmittedData, required=True)
    analyses = fields.List(fields.Nested(SubmittedAnalysis), required=True)


class BatchAnalysis(AnalysisHead):
    completedAt = Time(required=True, allow_none=True)


class BatchStatusData(BatchHead):
    total = fields.Integer(required=True)
    processing = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    analyses = fields.List(fields.Nested(BatchAnalysis), required=True)
    createdAt = Time(required=True)


class BatchStatus(BatchHead):
    data = fields.Nested(BatchStatusData, required=True)
    analyses = fields.List(fields.Nested(BatchAnalysis), required=True)


class AnalysisItem(BatchAnalysis):
    totalRuns = fields.Integer(required=True)
    completedRuns = fields.Integer(required=True)
    failedRuns = fields.Integer(required=True)


class AnalysisPage(Schema):
    data = fields.List(fields.Nested(AnalysisItem), required=True)
    pagination = fields.Nested(Page, required=True)


class AnalysisWhole(AnalysisItem):
    products = fields.List(fields.Dict(), required=True)
    productCount = fields.Integer(required=True)
    batchId = fields.String(required=True)
    image = fields.Dict()
    imageQuality = fields.Dict()
    texts = fields.List(fields.Dict())
    warnings = fields.List(fields.String())
    error = fields.String(allow_none=True)
    errorCode = fields.String(allow_none=True)


class Analysis(Schema):
    data = fields.Nested(AnalysisWhole, required=True)


class ShelfCredits(Schema):
    remaining = fields.Integer(required=True)
    usedThisPeriod = fields.Integer(required=True)
    plan = fields.Integer(required=True)
    payg = fields.Integer(required=True)


class Plan(Schema):
    tier = fields.String(required=True)
    periodEnd = Time(required=True)
    billingInterval = fields.String(required=True)


class Rate(Schema):
    limit = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
    resetAt = Time(required=True)


class Rates(Schema):
    analyses = fields.Nested(Rate, required=True)
    reads = fields.Nested(Rate, required=True)
    writes = fields.Nested(Rate, required=True)


class UsageData(Schema):
    maxBatchSize = fields.Integer(required=True)
    credits = fields.Nested(ShelfCredits, required=True)
    plan = fields.Nested(Plan, required=True)
    rateLimits = fields.Nested(Rates, required=True)


class PlanCredits(Schema):
    total = fields.Integer(required=True)
    used = fields.Integer(required=True)
    remaining = fields.Integer(required=True)


class PaygCredits(Schema):
    remaining = fields.Integer(required=True)


class Usage(Schema):
    data = fields.Nested(UsageData, required=True)
    plan = fields.String(required=True)
    billingCycleStart = Time(required=True)
    billingCycleEnd = Time(required=True)
    planCredits = fields.Nested(PlanCredits, required=True)
    paygCredits = fields.Nested(PaygCredits, required=True)
    totalRemaining = fields.Integer(required=True)
    maxBatchSize = fields.Integer(required=True)


class PhotoSlot(Schema):
    id = fields.String(required=True)
    method = fields.String(required=True)
    url = fields.String(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    maxBytes = fields.Integer(required=True)
    expiresAt = Time(required=True)


class Upload(Schema):
    data = fields.Nested(PhotoSlot, required=True)


class ReceiverData(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    description = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(["active", "disabled"]))
    createdAt = Time(required=True)
    disabledReason = fields.String()


class NewReceiverData(ReceiverData):
    secret = fields.String(required=True, allow_none=True, metadata={"description": "null in a replay."})


class Receiver(Schema):
    data = fields.Nested(ReceiverData, required=True)


class NewReceiver(Schema):
    data = fields.Nested(NewReceiverData, required=True)


class ReceiverPage(Schema):
    data = fields.List(fields.Nested(ReceiverData), required=True)
    pagination = fields.Nested(Page, required=True)


class SentData(Schema):
    deliveryId = fields.String(required=True)


class Sent(Schema):
    data = fields.Nested(SentData, required=True)


class ReplayedData(Schema):
    since = Time(required=True)
    replayed = fields.Integer(required=True, metadata={"description": "How many deliveries are sent again."})


class Replayed(Schema):
    data = fields.Nested(ReplayedData, required=True)


class Attempt(Schema):
    number = fields.Integer(required=True)
    at = Time(required=True)
    durationMs = fields.Integer(required=True)
    httpStatus = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    response = fields.String(required=True, metadata={"description": "The first 1,024 characters of the answer."})


class ReceiverDelivery(Schema):
    id = fields.String(required=True)
    event = fields.String(required=True)
    url = fields.String(required=True)
    status = fields.String(required=True)
    createdAt = Time(required=True)
    nextAttemptAt = Time(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(Attempt), required=True)


class ReceiverDeliveries(Schema):
    data = fields.List(fields.Nested(ReceiverDelivery), required=True)
    pagination = fields.Nested(Page, required=True)
