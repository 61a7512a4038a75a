"""The peer from the other camp: FastAPI, pydantic, SQLAlchemy's asynchronous ORM on asyncpg."""

import hashlib
import hmac
import os
import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy import DateTime, ForeignKey, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload

ZONE = ZoneInfo("Asia/Kolkata")
url = os.environ["DATABASE_URL"].split("://", 1)[1]
engine = create_async_engine(f"postgresql+asyncpg://{url}", pool_size=4)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}


class Partner(Base):
    __tablename__ = "partners_partner"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_active: Mapped[bool]


class User(Base):
    __tablename__ = "partners_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    password: Mapped[str]
    is_active: Mapped[bool]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey(Partner.id))
    partner: Mapped[Partner | None] = relationship()


class ApiKey(Base):
    __tablename__ = "partners_apikey"
    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str]
    digest: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    partner_id: Mapped[int] = mapped_column(ForeignKey(Partner.id))
    partner: Mapped[Partner] = relationship()


class Order(Base):
    __tablename__ = "repairs_repairorder"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[str]
    partner_id: Mapped[int]
    created_by_id: Mapped[int | None]
    created_at: Mapped[datetime]
    source: Mapped[str]
    repair_ref_no: Mapped[str]
    client_name: Mapped[str]
    customer_name: Mapped[str]
    customer_mobile: Mapped[str]
    customer_email: Mapped[str]
    engagement_type: Mapped[str]
    address_line1: Mapped[str]
    address_line2: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    pincode: Mapped[str]
    asset_type: Mapped[str]
    make: Mapped[str]
    model: Mapped[str]
    imei_no: Mapped[str]
    issue: Mapped[str]
    centre_city: Mapped[str]
    size: Mapped[str]
    events: Mapped[list["Event"]] = relationship(
        primaryjoin="and_(Order.id == foreign(Event.tracking_id), Event.voided_at == None)",
        order_by="Event.id",
        viewonly=True,
    )


class Step(Base):
    __tablename__ = "tracking_workflowstep"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    numbered: Mapped[bool]


class Event(Base):
    __tablename__ = "tracking_trackingevent"
    id: Mapped[int] = mapped_column(primary_key=True)
    tracking_id: Mapped[int]
    step_id: Mapped[int] = mapped_column(ForeignKey(Step.id))
    occurred_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    step: Mapped[Step] = relationship()


Place = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z]+(?:[ -][A-Za-z]+)*$")]
ANY = r"^[^\x00-\x1f\x7f-\x9f]*$"
Short = Annotated[str, Field(min_length=1, max_length=100, pattern=ANY)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=ANY)]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=ANY)]


class OrderIn(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    repair_ref_no: Short
    client_name: Name
    customer_name: Name = Field(alias="Name")
    customer_mobile: str = Field(alias="CustomerMobile", pattern="^[0-9]{10}$")
    customer_email: EmailStr = Field(alias="CustomerEmail", max_length=254)
    engagement_type: Literal["Home", "Pickup", "Walk-in"] = Field(alias="Engagement_Type")
    address_line1: Line = Field(alias="AddressLine1")
    address_line2: Annotated[str, Field(max_length=500, pattern=ANY)] = Field("", alias="AddressLine2")
    city: Place = Field(alias="City")
    state: Place = Field(alias="State")
    pincode: str = Field(alias="Pincode", pattern="^[0-9]{6}$")
    asset_type: Short = Field(alias="AssetType")
    make: Short = Field(alias="Make")
    model: Short = Field(alias="Model")
    imei_no: Short = Field(alias="IMEINo")
    centre_city: Short
    issue: Annotated[str, Field(min_length=1, max_length=2000, pattern=ANY)] = Field(alias="Issue")
    size: Short = Field(alias="Size")


class OrderData(BaseModel):
    request_id: str
    service_request_id: str


class Created(BaseModel):
    Success: str = "True"
    Message: str = "Repair request has been raised successfully"
    Status_code: str = "200"
    DATA: OrderData


class Status(BaseModel):
    date: str
    status: str


class TrackingData(BaseModel):
    current_status: Status | None
    tracking_details: list[Status]


class Tracking(BaseModel):
    Success: str = "True"
    Status_code: str = "200"
    DATA: TrackingData


async def database():
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(database)]


async def token_user(session: Session, authorization: Annotated[str, Header()] = "") -> User:
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "), os.environ["JWT_SIGNING_KEY"], algorithms=["HS256"]
        )
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Invalid or missing token") from None
    user = await session.scalar(
        select(User).where(User.id == int(claims["user_id"])).options(joinedload(User.partner))
    )
    proven = user and hashlib.md5(user.password.encode()).hexdigest().upper() == claims["hash_password"]
    if not (proven and user.is_active and user.partner and user.partner.is_active):
        raise HTTPException(401, "Invalid or missing token")
    return user


async def key_partner(session: Session, x_api_key: Annotated[str, Header()] = "") -> Partner:
    key = await session.scalar(
        select(ApiKey).where(ApiKey.prefix == x_api_key[3:15]).options(joinedload(ApiKey.partner))
    )
    if (
        key is None
        or not hmac.compare_digest(key.digest, hashlib.sha256(x_api_key.encode()).hexdigest())
        or key.revoked_at
        or (key.expires_at and key.expires_at <= datetime.now(UTC))
        or not key.partner.is_active
    ):
        raise HTTPException(401, "Invalid or missing API key")
    return key.partner


async def new_request_id(session: AsyncSession, now: datetime) -> str:
    """Draws until an ID is free."""
    while True:
        drawn = f"REPAIR{now.astimezone(ZONE):%Y%m%d}{secrets.randbelow(10_000):04d}"
        if await session.scalar(select(Order.id).where(Order.request_id == drawn)) is None:
            return drawn


@app.post("/api/warrantify/repair/single-order/")
async def single_order(
    body: OrderIn, session: Session, user: Annotated[User, Depends(token_user)]
) -> Created:
    known = select(Order.request_id).where(
        Order.partner_id == user.partner_id, Order.repair_ref_no == body.repair_ref_no
    )
    if first := await session.scalar(known):
        raise HTTPException(409, {"request_id": first, "service_request_id": body.repair_ref_no})
    partner_id, user_id = user.partner_id, user.id
    while True:
        now = datetime.now(UTC)
        order = Order(
            request_id=await new_request_id(session, now),
            partner_id=partner_id,
            created_by_id=user_id,
            created_at=now,
            source="api",
            **body.model_dump(),
        )
        session.add(order)
        try:
            await session.commit()
            break
        except IntegrityError:
            await session.rollback()
            if first := await session.scalar(known):
                data = {"request_id": first, "service_request_id": body.repair_ref_no}
                raise HTTPException(409, data) from None
    return Created(DATA=OrderData(request_id=order.request_id, service_request_id=order.repair_ref_no))


@app.get("/api/warrantify/claim/tracking/")
async def tracking(
    reference: Annotated[str, Query(alias="ReferenceID")],
    session: Session,
    partner: Annotated[Partner, Depends(key_partner)],
) -> Tracking:
    found = select(Order).where(Order.partner_id == partner.id)
    found = found.options(selectinload(Order.events).joinedload(Event.step))
    order = await session.scalar(found.where(Order.request_id == reference)) or await session.scalar(
        found.where(Order.repair_ref_no == reference)
    )
    if order is None:
        raise HTTPException(404, "Reference ID does not exist")
    details, visits = [], {}
    for event in order.events:
        status = event.step.code
        if event.step.numbered:
            visits[status] = visits.get(status, 0) + 1
            status = f"{status} - {visits[status]}"
        date = event.occurred_at.astimezone(ZONE).strftime("%d-%m-%Y %H:%M:%S")
        details.append(Status(date=date, status=status))
    current = details[-1] if details else None
    return Tracking(DATA=TrackingData(current_status=current, tracking_details=details))


@app.exception_handler(HTTPException)
async def refuse(request, error):
    return JSONResponse(
        {"Success": "False", "Status_code": str(error.status_code), "Message": error.detail},
        status_code=error.status_code,
    )
